import { userTurns } from '../../dialogues/library.ts'
import { fitted } from '../../dialogues/material.ts'
import { MAX_TOKENS } from '../../schema/conversation.ts'
import { csvCells } from './csv-line.ts'
import type { TraceFile } from './trace-file.ts'
import type { TracedConversation } from '../../plan/traced-conversation.ts'

/** A CSV of requests with a time and two token counts in each row; columns are found by name. */
interface TokenRowsFormat {
  readonly columns: readonly [time: string, request: string, response: string]
  /** Milliseconds from the trace's zero; `undefined` if the cell is no such time. */
  readonly time: (cell: string) => number | undefined
  readonly timeLike: string
}

/** BurstGPT, https://github.com/HPMLL/BurstGPT: seconds from midnight of the first day. */
const BURSTGPT: TokenRowsFormat = {
  columns: ['Timestamp', 'Request tokens', 'Response tokens'],
  time: (cell) => {
    const seconds = numberIn(cell)
    return seconds === undefined || seconds < 0 ? undefined : seconds * 1000
  },
  timeLike: 'a number of seconds',
}

/**
 * Azure's traces of LLM inference, https://github.com/Azure/AzurePublicDataset: the one of 2023 writes
 * `2023-11-16 18:15:46.6805900`, the one of 2024 `2024-05-10 00:00:00.009930+00:00`.
 */
const AZURE: TokenRowsFormat = {
  columns: ['TIMESTAMP', 'ContextTokens', 'GeneratedTokens'],
  time: dateIn,
  timeLike: 'a time such as 2023-11-16 18:15:46.6805900',
}

/**
 * Reads a trace with a request a line. A request without response tokens failed when it was recorded; the
 * intended length of its answer is unknown, so it is left out.
 */
export const readBurstGpt = (file: TraceFile): TracedConversation[] => readTokenRows(file, BURSTGPT)
/** See `readBurstGpt`. */
export const readAzure = (file: TraceFile): TracedConversation[] => readTokenRows(file, AZURE)

function readTokenRows(file: TraceFile, format: TokenRowsFormat): TracedConversation[] {
  const found: TracedConversation[] = []
  let places: readonly number[] | undefined
  let width = 0
  for (const { line, text } of file.lines()) {
    if (file.isEnough(found.length)) break
    const cells = csvCells(text)
    if (places === undefined) {
      const header = (cells ?? []).map(plain)
      const missing = format.columns.filter((name) => !header.includes(plain(name)))
      if (missing.length > 0) {
        file.broken(line, `the header lacks ${missing.map((name) => `"${name}"`).join(', ')}`)
        break
      }
      places = format.columns.map((name) => header.indexOf(plain(name)))
      width = header.length
      continue
    }
    const row = cells === undefined ? 'a quote is not closed' : rowOf(cells, places, width, format)
    if (typeof row === 'string') file.invalid(line, row)
    else if (row.response === 0) file.leaveOut('requests without an answer (they failed when recorded)')
    else found.push(conversation(row))
  }
  return found
}

interface Row {
  readonly atMs: number
  readonly request: number
  readonly response: number
}

/** @returns the row, or what is wrong */
function rowOf(
  cells: readonly string[],
  places: readonly number[],
  width: number,
  { columns, time, timeLike }: TokenRowsFormat,
): Row | string {
  if (cells.length !== width) return `has ${cells.length} columns, the header ${width}`
  const [at = '', ...lengths] = places.map((place) => cells[place] ?? '')
  const atMs = time(at)
  const [request, response] = lengths.map(numberIn)
  const wrong = atMs === undefined ? [`${columns[0]} is "${at}", not ${timeLike}`] : []
  for (const [index, tokens] of [request, response].entries()) {
    const said = `${columns[index + 1] ?? ''} is "${lengths[index] ?? ''}"`
    if (tokens === undefined || tokens < 0 || !Number.isInteger(tokens))
      wrong.push(`${said}, not a number of tokens`)
    else if (tokens > MAX_TOKENS) wrong.push(`${said}, more than ${MAX_TOKENS.toLocaleString('en-US')}`)
  }
  if (atMs === undefined || request === undefined || response === undefined || wrong.length > 0)
    return wrong.join('; ')
  return { atMs, request, response }
}

function conversation({ atMs, request, response }: Row): TracedConversation {
  return {
    atMs,
    messages: (random, language) => {
      const [words = ''] = userTurns(language, 1, random('dialogue'))
      const content = fitted(words, Math.max(1, request), language, random('material'))
      return [{ content, maxTokens: response }]
    },
  }
}

/** Normalizes the name of a column: `Request tokens` and `request_tokens` are the same. */
const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** Tools write whole numbers as `472`, `472.0` or `4.72e2`. */
const numberIn = (cell: string): number | undefined =>
  /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell) ? Number(cell) : undefined

const DATE = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?$/i

/** A date without a zone counts as UTC: this leaves the times between requests as they are. */
function dateIn(cell: string): number | undefined {
  const [, day, time, fraction = '', zone = 'Z'] = DATE.exec(cell) ?? []
  if (day === undefined || time === undefined) return undefined
  const ms = Date.parse(`${day}T${time}${zone.replace(/(\d\d)(\d\d)$/, '$1:$2').toUpperCase()}`)
  return Number.isNaN(ms) ? undefined : ms + Number(`0${fraction}`) * 1000
}
