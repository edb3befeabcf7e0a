import type { Migration } from 'kysely/migration'
import { first } from './0001-first.ts'
import { runs } from './0002-runs.ts'
import { requestedModel } from './0003-requested-model.ts'
import { notes } from './0004-notes.ts'
import { instance } from './0005-instance.ts'
import { search } from './0006-search.ts'
import { accounts } from './0007-accounts.ts'
import { keysAndBudgets } from './0008-keys-and-budgets.ts'

/** The migrations, which run in the order of their names. Never edit one that has been released. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first': first,
  '0002-runs': runs,
  '0003-requested-model': requestedModel,
  '0004-notes': notes,
  '0005-instance': instance,
  '0006-search': search,
  '0007-accounts': accounts,
  '0008-keys-and-budgets': keysAndBudgets,
}
