import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventsOf } from './stream-reading.ts'

const FOLDER = join(import.meta.dirname, '../../apps/simulator/fixtures/vllm-0.32')

/** A recorded answer of a real vLLM 0.32. */
export const recorded = (name: string) => readFileSync(join(FOLDER, name), 'utf8')

/** The body of a recorded `.http` exchange. */
export const recordedBody = (name: string) =>
  recorded(name).split('\r\n\r\n').slice(1).join('\r\n\r\n').trimEnd()

/** The events of a recorded `.jsonl` stream. */
export function recordedEvents(name: string): string[] {
  const lines = recorded(name).trim().split('\n')
  return eventsOf(lines.map((line) => (JSON.parse(line) as { bytes?: string }).bytes ?? '').join(''))
}

/** Keys whose values differ between answers and servers. */
const VARIES =
  /^(id|created|content|model|root|max_model_len|system_fingerprint|.*_tokens|.*_ms|tokens_per_second|count)$/

/** The payload of an event with varying values replaced by their types: equal shapes have equal keys in equal order. */
export function shapeOf(payload: string, without: readonly string[] = []): string {
  if (!payload.startsWith('{')) return payload
  return JSON.stringify(JSON.parse(payload), (key, value: unknown) => {
    if (without.includes(key)) return undefined
    return VARIES.test(key) && value !== null && typeof value !== 'object' ? typeof value : value
  })
}
