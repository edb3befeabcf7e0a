import type { UsageDay } from '@slicechat/contract'
import { PreparedQuery } from './prepared-query.ts'
import type { Database } from './tables.ts'

/** What answers used. */
export interface Used extends UsageDay {
  owner: string
  /** The personal key, or `''`. */
  key: string
}

/** What was used on a range of days, both included. */
export interface UsageRange {
  from: string
  to: string
}

/**
 * What answers used, summed up for each owner, key, day and model. The sums are in one order, so that two transactions of several
 * instances cannot wait for each other.
 */
export function sumOf(all: readonly Used[]): Used[] {
  const sums = new Map<string, Used>()
  for (const used of all) {
    const id = JSON.stringify([used.day, used.owner, used.key, used.model])
    const sum = sums.get(id)
    if (sum === undefined) sums.set(id, { ...used })
    else {
      sum.answers += used.answers
      sum.promptTokens += used.promptTokens
      sum.completionTokens += used.completionTokens
    }
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum)
}

/** Stores what was used by day, owner, key and model. The removal of a conversation does not change it. */
export class UsageStore {
  readonly #db: Database
  readonly #add: PreparedQuery<Used>

  constructor(db: Database) {
    this.#db = db
    this.#add = new PreparedQuery((value) =>
      db
        .insertInto('usage_days')
        .values({
          day: value('day'),
          owner: value('owner'),
          key: value('key'),
          model: value('model'),
          answers: value('answers'),
          prompt_tokens: value('promptTokens'),
          completion_tokens: value('completionTokens'),
        })
        .onConflict((conflict) =>
          conflict.columns(['day', 'owner', 'key', 'model']).doUpdateSet((row) => ({
            answers: row('usage_days.answers', '+', row.ref('excluded.answers')),
            prompt_tokens: row('usage_days.prompt_tokens', '+', row.ref('excluded.prompt_tokens')),
            completion_tokens: row(
              'usage_days.completion_tokens',
              '+',
              row.ref('excluded.completion_tokens'),
            ),
          })),
        ),
    )
  }

  /** Adds what answers used, a row for each owner, key, day and model. @param target the transaction of the answers' ends */
  async add(target: Database, all: readonly Used[]): Promise<void> {
    for (const sum of sumOf(all)) await this.#add.run(target, sum)
  }

  /** Adds what answers used that have no row of their own, in one transaction. */
  async write(all: readonly Used[]): Promise<void> {
    await this.#db.transaction().execute((transaction) => this.add(transaction, all))
  }

  /** The tokens of each owner and key on a day. */
  tokensOn(day: string): Promise<{ owner: string; key: string; tokens: number }[]> {
    return this.#db
      .selectFrom('usage_days')
      .select((row) => [
        'owner',
        'key',
        row.fn.sum<number>(row('prompt_tokens', '+', row.ref('completion_tokens'))).as('tokens'),
      ])
      .where('day', '=', day)
      .groupBy(['owner', 'key'])
      .execute()
  }

  /** What one owner used by day and model, newest day first. */
  async ofOwner(owner: string, range: UsageRange): Promise<UsageDay[]> {
    const rows = await this.#sums(range).where('owner', '=', owner).execute()
    return rows.map(({ owner: _, ...day }) => day)
  }

  /** What all owners used by day, owner and model, newest day first. */
  ofAll(range: UsageRange): Promise<(UsageDay & { owner: string })[]> {
    return this.#sums(range).execute()
  }

  #sums({ from, to }: UsageRange) {
    return this.#db
      .selectFrom('usage_days')
      .select((row) => [
        'day',
        'owner',
        'model',
        row.fn.sum<number>('answers').as('answers'),
        row.fn.sum<number>('prompt_tokens').as('promptTokens'),
        row.fn.sum<number>('completion_tokens').as('completionTokens'),
      ])
      .where('day', '>=', from)
      .where('day', '<=', to)
      .groupBy(['day', 'owner', 'model'])
      .orderBy('day', 'desc')
      .orderBy('owner')
      .orderBy('model')
  }
}
