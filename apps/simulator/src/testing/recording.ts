import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '../../fixtures/vllm-0.32')

/** The content of a recorded file. */
export const recording = (name: string) => readFileSync(join(FOLDER, name), 'utf8')

export interface RecordedResponse {
  readonly status: number
  /** Headers, in the order in which they were sent. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

/** Reads a `.http` file. */
export function recordedResponse(name: string): RecordedResponse {
  const text = recording(name)
  const end = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = lines.map((line) => {
    const colon = line.indexOf(': ')
    return [line.slice(0, colon), line.slice(colon + 2)] as const
  })
  return { status: Number(first.split(' ')[1]), headers, body: text.slice(end + 4) }
}

/** The bytes of a recorded `.jsonl` stream, joined. */
export function recordedStream(name: string): string {
  return recording(name)
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { bytes?: string }).bytes ?? '')
    .join('')
}

/** The payloads of the events of a stream. */
export const eventsOf = (body: string): string[] =>
  body
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice('data: '.length))

/** Keys whose values vary from answer to answer; all others must be exactly the same. */
const VARIES = /^(id|created|content|text|model|root|system_fingerprint|.*_tokens|.*_ms|tokens_per_second)$/

/** JSON with varying values replaced by their types; equal shapes have the same keys in the same order. */
function shapeOf(json: string): string {
  return JSON.stringify(JSON.parse(json), (key, value: unknown) => {
    if (key.endsWith('token_ids') && Array.isArray(value)) return 'ids'
    return VARIES.test(key) && value !== null && typeof value !== 'object' ? typeof value : value
  })
}

/** The shape of an event, which may be no JSON. */
export const stepOf = (event: string) => (event.startsWith('{') ? shapeOf(event) : event)
