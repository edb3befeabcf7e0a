import type { Budget } from '@slicechat/contract'
import type { Database } from './tables.ts'

/** A budget that an admin has set. */
export interface StoredBudget {
  kind: 'default' | 'owner' | 'key'
  /** The owner or the key's id; empty for the default. */
  subject: string
  budget: Budget
}

/** Stores budgets. */
export class BudgetStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async all(): Promise<StoredBudget[]> {
    const rows = await this.#db.selectFrom('budgets').selectAll().execute()
    return rows.map(({ kind, subject, ...row }) => ({
      kind,
      subject,
      budget: {
        answersAtOnce: row.answers_at_once,
        requestsPerMinute: row.requests_per_minute,
        tokensPerDay: row.tokens_per_day,
      },
    }))
  }

  /** @param budget `null` to remove it */
  async set({ kind, subject }: Omit<StoredBudget, 'budget'>, budget: Budget | null): Promise<void> {
    await this.#db.transaction().execute(async (transaction) => {
      await transaction
        .deleteFrom('budgets')
        .where('kind', '=', kind)
        .where('subject', '=', subject)
        .execute()
      if (budget === null) return
      await transaction
        .insertInto('budgets')
        .values({
          kind,
          subject,
          answers_at_once: budget.answersAtOnce,
          requests_per_minute: budget.requestsPerMinute,
          tokens_per_day: budget.tokensPerDay,
        })
        .execute()
    })
  }
}
