import { createWriteStream, type WriteStream } from 'node:fs'
import { basename } from 'node:path'
import { finished } from 'node:stream/promises'
import { csvCell } from '@slicechat/report'
import type { RequestRecord } from '../run/request-record.ts'
import { problemOf, type Written } from './write-files.ts'

type Cell = string | number | boolean | null | undefined

const COLUMNS: Readonly<Record<string, (record: RequestRecord) => Cell>> = {
  conversation: (record) => record.conversation,
  turn: (record) => record.turn,
  regenerated: (record) => record.regenerated,
  status: (record) => record.status,
  intended_ms: (record) => record.intendedMs,
  started_ms: (record) => record.startedMs,
  ttft_ms: (record) => record.ttftMs,
  inter_token_ms: (record) => record.interTokenMs,
  longest_gap_ms: (record) => record.longestGapMs,
  e2e_ms: (record) => record.e2eMs,
  prompt_tokens: (record) => record.promptTokens,
  completion_tokens: (record) => record.completionTokens,
  wasted_tokens: (record) => record.wastedTokens,
  good: (record) => record.good,
  error_code: (record) => record.error?.code,
  error_message: (record) => record.error?.message,
  api_queued_ms: (record) => record.apiTimings?.queuedMs,
  api_ttft_ms: (record) => record.apiTimings?.ttftMs,
  api_upstream_ttft_ms: (record) => record.apiTimings?.upstreamTtftMs,
  engine_queued_ms: (record) => record.engineTimings?.queueMs,
  engine_ttft_ms: (record) => record.engineTimings?.ttftMs,
}

const columns = Object.values(COLUMNS)

/**
 * `requests.csv`: one row per request, in the order in which they ended; written as they end, so that a crash
 * loses none.
 */
export class RequestFile {
  readonly #path: string
  readonly #file: WriteStream
  #failure: Error | undefined

  /** @param flags how the file is opened; by default it must not exist yet */
  constructor(path: string, flags = 'wx') {
    this.#path = path
    this.#file = createWriteStream(path, { flags })
    this.#file.on('error', (error) => (this.#failure ??= error))
    this.#file.write(`${Object.keys(COLUMNS).join(',')}\n`)
  }

  add(record: RequestRecord): void {
    this.#file.write(`${columns.map((of) => cell(of(record))).join(',')}\n`)
  }

  /** Reports a failed write, even one of long ago: it was not to end the run. */
  async close(): Promise<Written> {
    if (this.#failure === undefined) {
      this.#file.end()
      await finished(this.#file).catch(() => undefined)
    }
    if (this.#failure === undefined) return { files: [basename(this.#path)], problems: [] }
    return { files: [], problems: [problemOf(this.#path, this.#failure)] }
  }
}

function cell(value: Cell): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'number') return String(Math.round(value * 1000) / 1000)
  return csvCell(String(value))
}
