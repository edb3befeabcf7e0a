import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely'
import type { Database, Tables } from './tables.ts'

/** How long things are kept, in days; `undefined`: for ever. */
export interface RetentionOptions {
  /** From the last use of a conversation. */
  conversationDays: number | undefined
  /** From the upload of a run. */
  runDays: number | undefined
  /** Called for each conversation that was removed. */
  onConversation: (owner: string) => void
  /** Called for each run that was removed. */
  onRun: () => void
}

/** What one sweep removed. */
export interface Removed {
  conversations: number
  runs: number
}

const DAY_MS = 86_400_000

/** Rows that are listed at once. They are removed one by one, and calls and tokens go between. */
const LISTED_AT_ONCE = 50

/** Removes what is older than the operator wants to keep. */
export class Retention {
  readonly #db: Database
  readonly #options: RetentionOptions
  #closed = false

  constructor(db: Database, options: RetentionOptions) {
    this.#db = db
    this.#options = options
  }

  /** Removes all that is too old at the time `now`, in milliseconds since 1970. */
  async sweep(now: number): Promise<Removed> {
    const { conversationDays, runDays } = this.#options
    return {
      conversations:
        conversationDays === undefined ? 0 : await this.#conversations(before(now, conversationDays)),
      runs: runDays === undefined ? 0 : await this.#runs(before(now, runDays)),
    }
  }

  /** Ends a sweep after the row that it removes. */
  close(): void {
    this.#closed = true
  }

  async #conversations(usedBefore: string): Promise<number> {
    let removed = 0
    for (;;) {
      const rows = await this.#db
        .selectFrom('conversations')
        .select(['id', 'owner'])
        .where('updated_at', '<', usedBefore)
        .where(hasNoOpenAnswer)
        .orderBy('updated_at')
        .limit(LISTED_AT_ONCE)
        .execute()
      for (const { id, owner } of rows) {
        if (this.#closed) return removed
        // Both conditions again: somebody may have gone on with it.
        const { numDeletedRows } = await this.#db
          .deleteFrom('conversations')
          .where('id', '=', id)
          .where('updated_at', '<', usedBefore)
          .where(hasNoOpenAnswer)
          .executeTakeFirstOrThrow()
        if (numDeletedRows > 0n) {
          removed++
          this.#options.onConversation(owner)
        }
        await nextTurn()
      }
      if (rows.length < LISTED_AT_ONCE) return removed
    }
  }

  async #runs(uploadedBefore: string): Promise<number> {
    let removed = 0
    for (;;) {
      const rows = await this.#db
        .selectFrom('runs')
        .select(['owner', 'id'])
        .where('uploaded_at', '<', uploadedBefore)
        .orderBy('uploaded_at')
        .limit(LISTED_AT_ONCE)
        .execute()
      for (const { owner, id } of rows) {
        if (this.#closed) return removed
        const { numDeletedRows } = await this.#db
          .deleteFrom('runs')
          .where('owner', '=', owner)
          .where('id', '=', id)
          .executeTakeFirstOrThrow()
        if (numDeletedRows > 0n) {
          removed++
          this.#options.onRun()
        }
        await nextTurn()
      }
      if (rows.length < LISTED_AT_ONCE) return removed
    }
  }
}

const before = (now: number, days: number): string => new Date(now - days * DAY_MS).toISOString()

const hasNoOpenAnswer = (
  where: ExpressionBuilder<Tables, 'conversations'>,
): ExpressionWrapper<Tables, 'conversations', SqlBool> =>
  where.not(
    where.exists(
      where
        .selectFrom('generations')
        .select('generations.id')
        .whereRef('generations.conversation_id', '=', 'conversations.id')
        .where('status', '!=', 'finished'),
    ),
  )
