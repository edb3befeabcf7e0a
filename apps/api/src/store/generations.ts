import type { FinishedEvent, MessageGeneration, Usage } from '@slicechat/contract'
import type { Params } from '../input.ts'
import { parsed, toState } from './generation-state.ts'
import { type GenerationIds, type GenerationQueries, prepareGenerationQueries } from './generation-queries.ts'
import type { Database } from './tables.ts'
import { type Used, UsageStore } from './usage.ts'

/** A stored generation. */
export interface StoredGeneration {
  id: string
  owner: string
  requestId: string
  conversationId: string | null
  userMessageId: string | null
  messageId: string | null
  params: Params
  content: string
  reasoning: string
  state: MessageGeneration
  /** Whether a model was asked. */
  began: boolean
}

/** The text of a generation at a position of its log, and what is known of it there. */
export interface Snapshot {
  id: string
  content: string
  reasoning: string
  seq: number
  /** The model that was asked; `null` before that. */
  model: string | null
  droppedMessages: number
  usage: Usage | undefined
}

/** The end of a generation. */
export interface Ended {
  snapshot: Snapshot
  event: FinishedEvent
  /** What counts as used; nothing if no model was asked. */
  used?: Used | undefined
}

/** A new generation. */
export interface NewGeneration
  extends Pick<StoredGeneration, 'id' | 'owner' | 'requestId' | 'params'>, Partial<GenerationIds> {
  id: string
  /** The personal key that the call came with. */
  keyId?: string | undefined
  /** The model that the call named. */
  model?: string | undefined
}

/** Generations that are interrupted by one statement, whose number of values is limited. */
const INTERRUPTED_AT_ONCE = 500

const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))
const now = (): string => new Date().toISOString()

const savedColumns = ({ droppedMessages, usage, ...snapshot }: Snapshot) => ({
  ...snapshot,
  dropped_messages: droppedMessages,
  usage: json(usage),
})

/** Stores generations: the text and the outcome of every answer. */
export class GenerationStore {
  readonly #db: Database
  readonly #instance: string
  readonly #usage: UsageStore
  readonly #queries: GenerationQueries

  /** @param instance the instance of the API that this process is; see `EMBEDDED_INSTANCE` */
  constructor(db: Database, instance: string) {
    this.#db = db
    this.#instance = instance
    this.#usage = new UsageStore(db)
    this.#queries = prepareGenerationQueries(db)
  }

  /** @param target the database, or a transaction that also writes the messages */
  async insert(generation: NewGeneration, target: Database = this.#db): Promise<void> {
    const at = now()
    await this.#queries.insert.run(target, {
      id: generation.id,
      owner: generation.owner,
      request_id: generation.requestId,
      key_id: generation.keyId ?? null,
      conversation_id: generation.conversationId ?? null,
      user_message_id: generation.userMessageId ?? null,
      message_id: generation.messageId ?? null,
      requested_model: generation.model ?? null,
      instance: this.#instance,
      params: JSON.stringify(generation.params),
      created_at: at,
      updated_at: at,
    })
  }

  /** The generation that a call with this request id began. */
  ofRequest(owner: string, requestId: string): Promise<GenerationIds | undefined> {
    return this.#queries.ofRequest.first(this.#db, { owner, requestId })
  }

  async find(owner: string, id: string): Promise<StoredGeneration | undefined> {
    const row = await this.#db
      .selectFrom('generations')
      .selectAll()
      .where('owner', '=', owner)
      .where('id', '=', id)
      .executeTakeFirst()
    return row === undefined
      ? undefined
      : {
          id: row.id,
          owner: row.owner,
          requestId: row.request_id,
          conversationId: row.conversation_id,
          userMessageId: row.user_message_id,
          messageId: row.message_id,
          params: JSON.parse(row.params) as Params,
          content: row.content,
          reasoning: row.reasoning,
          state: toState(row),
          began: row.model !== null,
        }
  }

  /** Writes the text so far of many generations in one transaction. */
  async save(snapshots: readonly Snapshot[]): Promise<void> {
    if (snapshots.length === 0) return
    await this.#db.transaction().execute(async (transaction) => {
      for (const snapshot of snapshots) await this.#queries.save.run(transaction, savedColumns(snapshot))
    })
  }

  /**
   * Writes ends, and what counts as used, in one transaction. An end that is stored already changes nothing, so the call can
   * be repeated if it is not known whether it succeeded.
   */
  async finish(ended: readonly Ended[]): Promise<void> {
    if (ended.length === 0) return
    await this.#db.transaction().execute(async (transaction) => {
      const counted: Used[] = []
      for (const { snapshot, event, used } of ended) {
        const { numAffectedRows } = await this.#queries.finish.run(transaction, {
          ...savedColumns(snapshot),
          reason: event.reason,
          note: json(event.note),
          timings: json(event.timings),
          error: json(event.error),
          updated_at: now(),
        })
        // A row that is not there belongs to a removed conversation, which gives nothing back.
        if (used === undefined) continue
        if (numAffectedRows !== 0n || !(await exists(transaction, snapshot.id))) counted.push(used)
      }
      await this.#usage.add(transaction, counted)
    })
  }

  /**
   * Records that the reader has reported its latencies.
   * @returns the model; `undefined` when there was a report already, or no model was asked yet
   */
  async report(owner: string, id: string): Promise<string | undefined> {
    const row = await this.#db
      .updateTable('generations')
      .set({ reported: 1 })
      .where('owner', '=', owner)
      .where('id', '=', id)
      .where('reported', '=', 0)
      .where('model', 'is not', null)
      .returning('model')
      .executeTakeFirst()
    return row?.model ?? undefined
  }

  /**
   * Marks generations of this instance as interrupted that nobody runs: those that it left unfinished when it crashed. Those
   * of other instances may still run. What is known of their usage counts on the day on which they began.
   * @param createdBefore newer generations may be about to begin
   * @returns the number of interrupted generations
   */
  async interruptRunning(
    createdBefore: Date,
    isRunning: (id: string) => boolean = () => false,
  ): Promise<number> {
    const open = await this.#db
      .selectFrom('generations')
      .select('id')
      .where('status', 'in', ['queued', 'running'])
      .where('instance', '=', this.#instance)
      .where('created_at', '<', createdBefore.toISOString())
      .execute()
    const abandoned = open.map(({ id }) => id).filter((id) => !isRunning(id))
    for (let from = 0; from < abandoned.length; from += INTERRUPTED_AT_ONCE)
      await this.#interrupt(abandoned.slice(from, from + INTERRUPTED_AT_ONCE))
    return abandoned.length
  }

  #interrupt(ids: string[]): Promise<void> {
    return this.#db.transaction().execute(async (transaction) => {
      const rows = await transaction
        .updateTable('generations')
        .set({ status: 'finished', reason: 'interrupted', updated_at: now() })
        .where('status', '!=', 'finished')
        .where('id', 'in', ids)
        .returning(['owner', 'key_id', 'model', 'usage', 'created_at'])
        .execute()
      await this.#usage.add(
        transaction,
        rows.flatMap(({ owner, key_id: key, model, usage, created_at: createdAt }) =>
          model === null
            ? []
            : [{ day: createdAt.slice(0, 10), owner, key: key ?? '', model, answers: 1, ...usageOf(usage) }],
        ),
      )
    })
  }

  /** Deletes finished generations that belong to no conversation. */
  async removeStateless(finishedBefore: Date): Promise<void> {
    await this.#db
      .deleteFrom('generations')
      .where('status', '=', 'finished')
      .where('conversation_id', 'is', null)
      .where('updated_at', '<', finishedBefore.toISOString())
      .execute()
  }
}

const usageOf = (text: string | null): Usage =>
  (parsed(text) as Usage | undefined) ?? { promptTokens: 0, completionTokens: 0 }

async function exists(db: Database, id: string): Promise<boolean> {
  const row = await db.selectFrom('generations').select('id').where('id', '=', id).executeTakeFirst()
  return row !== undefined
}
