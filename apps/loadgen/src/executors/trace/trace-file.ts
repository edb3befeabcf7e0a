import { resolve } from 'node:path'
import { type Finding, ScenarioProblem } from '../../problems/scenario-problem.ts'
import type { TraceFormat } from './trace-schema.ts'
import { traceBytes, UnreadableTrace } from './trace-bytes.ts'
import { BrokenTrace, jsonRowsOf, linesOf, type TraceRow } from './trace-rows.ts'

/** Most findings that are listed: a file may be wrong on every line. */
const MAX_FINDINGS = 20
/** Most conversations that a thread keeps in memory. */
const MAX_CONVERSATIONS = 1_000_000

export interface TraceFileOptions {
  readonly format: TraceFormat
  /** Leaves out rows that cannot be used. */
  readonly skipInvalid: boolean
  /** Reads only the first `limit` conversations. */
  readonly limit: number
}

/** A trace's file while it is read: its rows, and what is wrong with them. */
export class TraceFile {
  readonly #path: string
  readonly #options: TraceFileOptions
  readonly #findings: Finding[] = []
  readonly #leftOut = new Map<string, number>()
  #beginning = ''
  #invalid = 0
  #firstInvalid = ''

  constructor(directory: string, file: string, options: TraceFileOptions) {
    this.#path = resolve(directory, file)
    this.#options = options
  }

  /** The lines that are not empty. @throws ScenarioProblem if there is no such file */
  lines(): Generator<TraceRow> {
    return this.#rows(linesOf)
  }

  /** The items of a JSON list, or the lines of JSONL. @throws ScenarioProblem if there is no such file */
  items(): Generator<TraceRow> {
    return this.#rows(jsonRowsOf)
  }

  /**
   * Whether a reader that has found `found` conversations can stop.
   * @param tooLong they have more text than memory should hold
   * @throws ScenarioProblem if they are more than memory should hold
   */
  isEnough(found: number, tooLong = false): boolean {
    if (found >= this.#options.limit) return true
    if (found < MAX_CONVERSATIONS && !tooLong) return false
    const what = `more than memory should hold (so far ${found.toLocaleString('en-US')} conversations)`
    throw this.#problem('executor.limit', `has ${what}: set executor.limit to what the run needs`)
  }

  /** Records a row that cannot be used: it is refused, or left out and counted. */
  invalid(line: number, message: string): void {
    this.#invalid += 1
    if (this.#firstInvalid === '') this.#firstInvalid = `line ${line}: ${message}`
    if (!this.#options.skipInvalid) this.#report(message, line)
  }

  /** Records that the file as a whole is malformed. */
  broken(line: number, message: string): void {
    this.#invalid = Math.max(1, this.#invalid)
    this.#report(message, line)
  }

  /**
   * Counts a row, or a part of one, that is always left out.
   * @param what names its kind in the plural, for the message
   */
  leaveOut(what: string): void {
    this.#leftOut.set(what, (this.#leftOut.get(what) ?? 0) + 1)
  }

  /**
   * @param found how many conversations were read
   * @returns messages about what was left out
   * @throws ScenarioProblem if there are no conversations, or a row was refused
   */
  finish(found: number): string[] {
    const { format, skipInvalid } = this.#options
    const like = formatLike(this.#beginning)
    if ((found === 0 || this.#findings.length > 0) && like !== undefined && like !== format)
      throw this.#problem(
        'executor.format',
        `looks like a trace of another format: set executor.format=${like}`,
      )
    const remarks = [...this.#leftOut].map(([what, count]) => `${count} ${what} left out of ${this.#path}.`)
    if (skipInvalid && this.#invalid > 0)
      remarks.push(
        `${this.#invalid} rows that cannot be used left out of ${this.#path}; first ${this.#firstInvalid}`,
      )
    if (found === 0 && this.#findings.length === 0)
      this.#report(['holds no conversation', ...remarks].join('; '), undefined)
    if (this.#findings.length === 0) return remarks
    const more = this.#invalid - MAX_FINDINGS
    if (more > 0) this.#report(`and ${more} more`, undefined)
    if (found > 0 && !skipInvalid && this.#invalid > 0)
      this.#report(`set executor.skipInvalid=true to leave out what cannot be used`, undefined)
    throw new ScenarioProblem(this.#findings)
  }

  *#rows(read: (pieces: Iterable<Buffer>) => Generator<TraceRow>): Generator<TraceRow> {
    try {
      yield* read(this.#pieces())
    } catch (error) {
      if (error instanceof UnreadableTrace) throw this.#problem('executor.file', error.message)
      if (!(error instanceof BrokenTrace)) throw error
      this.broken(error.line, error.message)
    }
  }

  *#pieces(): Generator<Buffer> {
    for (const piece of traceBytes(this.#path)) {
      if (this.#beginning === '') this.#beginning = piece.toString('utf8', 0, 4096)
      yield piece
    }
  }

  #problem(path: string, message: string): ScenarioProblem {
    return new ScenarioProblem([{ path, message: `${this.#path} ${message}`, source: '', line: undefined }])
  }

  #report(message: string, line: number | undefined): void {
    if (this.#findings.length >= MAX_FINDINGS && line !== undefined) return
    this.#findings.push({ path: '', message, source: this.#path, line })
  }
}

/** The format that a file's beginning looks like. */
function formatLike(text: string): TraceFormat | undefined {
  if (/^\s*[[{]/.test(text)) {
    if (/"input_length"\s*:/.test(text)) return 'mooncake'
    return /"(conversations?|messages)"\s*:/.test(text) ? 'sharegpt' : undefined
  }
  const header = text.split('\n', 1)[0] ?? ''
  if (/context\W*tokens/i.test(header)) return 'azure'
  return /request\W*tokens/i.test(header) ? 'burstgpt' : undefined
}
