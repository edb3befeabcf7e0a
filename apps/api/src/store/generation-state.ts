import { type FinishReason, type MessageGeneration, omitUndefined } from '@slicechat/contract'
import { believable, type Timings } from '@slicechat/metrics/reading'
import type { Selectable } from 'kysely'
import type { Tables } from './tables.ts'

/** Reads a column of JSON. */
export const parsed = (text: string | null): unknown => (text === null ? undefined : JSON.parse(text))

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
