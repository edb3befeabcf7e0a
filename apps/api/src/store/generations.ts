import {
  type FinishedEvent,
  type FinishReason,
  type MessageGeneration,
  omitUndefined,
} from '@slicechat/contract'
import { believable, type Timings } from '@slicechat/metrics/reading'
import type { Selectable, Transaction } from 'kysely'
import type { Params } from '../input.ts'
import type { Database, Tables } from './tables.ts'

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

/** The text of a generation at a position of its log. */
export interface Snapshot {
  id: string
  content: string
  reasoning: string
  seq: number
}

const parsed = (json: string | null): unknown => (json === null ? undefined : JSON.parse(json))
const json = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))
const now = (): string => new Date().toISOString()

/** Reads the state of a generation from its row. */
export function toState(
  row: Pick<
    Selectable<Tables['generations']>,
    | 'id'
    | 'status'
    | 'seq'
    | 'model'
    | 'requested_model'
    | 'reason'
    | 'note'
    | 'usage'
    | 'timings'
    | 'error'
    | 'dropped_messages'
  >,
): MessageGeneration {
  const usage = parsed(row.usage) as MessageGeneration['usage']
  const timings = parsed(row.timings) as Timings | undefined
  const error = parsed(row.error) as MessageGeneration['error']
  const note = parsed(row.note) as MessageGeneration['note']
  return {
    id: row.id,
    status: row.status,
    seq: String(row.seq),
    model: row.model ?? row.requested_model,
    droppedMessages: row.dropped_messages,
    ...(row.reason === null ? {} : { reason: row.reason as FinishReason }),
    ...omitUndefined({ note, usage }),
    ...(timings === undefined ? {} : { timings: believable(timings) }),
    ...omitUndefined({ error }),
  }
}

/** Stores generations: the text and the outcome of every answer. */
export class GenerationStore {
  readonly #db: Database
  readonly #instance: string

  /** @param instance the instance of the API that this process is; see `EMBEDDED_INSTANCE` */
  constructor(db: Database, instance: string) {
    this.#db = db
    this.#instance = instance
  }

  /** @param target the database, or a transaction that also writes the messages */
  async insert(
    generation: Pick<StoredGeneration, 'id' | 'owner' | 'requestId' | 'params'> &
      Partial<Pick<StoredGeneration, 'conversationId' | 'userMessageId' | 'messageId'>> & {
        /** The model that the call named. */
        model?: string | undefined
      },
    target: Database | Transaction<Tables> = this.#db,
  ): Promise<void> {
    const at = now()
    await target
      .insertInto('generations')
      .values({
        id: generation.id,
        owner: generation.owner,
        request_id: generation.requestId,
        conversation_id: generation.conversationId ?? null,
        user_message_id: generation.userMessageId ?? null,
        message_id: generation.messageId ?? null,
        model: null,
        requested_model: generation.model ?? null,
        instance: this.#instance,
        params: JSON.stringify(generation.params),
        status: 'queued',
        reason: null,
        note: null,
        usage: null,
        timings: null,
        error: null,
        created_at: at,
        updated_at: at,
      })
      .execute()
  }

  async find(
    owner: string,
    by: { id: string } | { requestId: string },
  ): Promise<StoredGeneration | undefined> {
    const row = await this.#db
      .selectFrom('generations')
      .selectAll()
      .where('owner', '=', owner)
      .where('id' in by ? 'id' : 'request_id', '=', 'id' in by ? by.id : by.requestId)
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

  async started(id: string, model: string, droppedMessages: number): Promise<void> {
    await this.#db
      .updateTable('generations')
      .set({ status: 'running', model, dropped_messages: droppedMessages, updated_at: now() })
      .where('id', '=', id)
      .where('status', '!=', 'finished')
      .execute()
  }

  /** Writes the text so far of many generations in one transaction. */
  async save(snapshots: readonly Snapshot[]): Promise<void> {
    if (snapshots.length === 0) return
    await this.#db.transaction().execute(async (transaction) => {
      for (const { id, content, reasoning, seq } of snapshots)
        await transaction
          .updateTable('generations')
          .set({ content, reasoning, seq })
          .where('id', '=', id)
          .where('status', '!=', 'finished')
          .execute()
    })
  }

  async finish({ id, content, reasoning, seq }: Snapshot, event: FinishedEvent): Promise<void> {
    await this.#db
      .updateTable('generations')
      .set({
        status: 'finished',
        reason: event.reason,
        note: json(event.note),
        content,
        reasoning,
        seq,
        usage: json(event.usage),
        timings: json(event.timings),
        error: json(event.error),
        updated_at: now(),
      })
      .where('id', '=', id)
      .execute()
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
   * Marks generations as interrupted that this instance left unfinished when it crashed. Those of other instances may
   * still run.
   * @param startedBefore start of this process; newer generations are its own
   * @returns the number of interrupted generations
   */
  async interruptRunning(startedBefore: Date): Promise<number> {
    const result = await this.#db
      .updateTable('generations')
      .set({ status: 'finished', reason: 'interrupted', updated_at: now() })
      .where('status', '!=', 'finished')
      .where('instance', '=', this.#instance)
      .where('created_at', '<', startedBefore.toISOString())
      .executeTakeFirst()
    return Number(result.numUpdatedRows)
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
