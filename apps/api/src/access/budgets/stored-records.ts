import type { BudgetStore, StoredBudget } from '../../store/budgets.ts'
import type { UsageStore } from '../../store/usage.ts'
import type { BudgetRecords, BudgetSubject } from './budgets.ts'

const toRow = (subject: BudgetSubject): Pick<StoredBudget, 'kind' | 'subject'> => {
  const { kind } = subject
  if (kind === 'default') return { kind, subject: '' }
  return { kind, subject: kind === 'owner' ? subject.owner : subject.keyId }
}

const toSubject = ({ kind, subject }: StoredBudget): BudgetSubject => {
  if (kind === 'default') return { kind }
  return kind === 'owner' ? { kind, owner: subject } : { kind, keyId: subject }
}

/** The records of budgets in the store. */
export const storedRecords = (budgets: BudgetStore, usage: UsageStore): BudgetRecords => ({
  tokensOn: (day) => usage.tokensOn(day),
  all: async () => (await budgets.all()).map((row) => ({ subject: toSubject(row), budget: row.budget })),
  set: (subject, budget) => budgets.set(toRow(subject), budget),
})
