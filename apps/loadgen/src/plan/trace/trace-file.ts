import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { ScenarioProblem, type Finding } from '../../scenario/scenario-problem.ts'

/** A file that is wrong on every line is not worth a screen for each. */
const MOST_FINDINGS = 20

/** A trace's file being read: its text, and what is wrong with it. */
export class TraceFile {
  readonly text: string
  readonly #path: string
  readonly #findings: Finding[] = []
  #count = 0

  /** @throws ScenarioProblem if there is no such file. */
  constructor(directory: string, file: string) {
    this.#path = resolve(directory, file)
    try {
      // Tools of Windows begin a text with a byte order mark, which is no JSON.
      this.text = readFileSync(this.#path, 'utf8').replace(/^\uFEFF/, '')
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'error'
      const message =
        code === 'ERR_STRING_TOO_LONG'
          ? 'is too large: cut it to what the run needs'
          : `cannot be read (${code})`
      throw new ScenarioProblem([
        { path: 'executor.file', message: `${this.#path} ${message}`, source: '', line: undefined },
      ])
    }
  }

  /** The lines that hold something, with their numbers from 1. */
  *lines(): Generator<{ readonly line: number; readonly text: string }> {
    let line = 0
    for (const text of this.text.split('\n')) {
      line += 1
      if (text.trim() !== '') yield { line, text: text.trim() }
    }
  }

  report(message: string, where: { path?: string; line?: number } = {}): void {
    this.#count += 1
    if (this.#count > MOST_FINDINGS) return
    this.#findings.push({ path: where.path ?? '', message, source: this.#path, line: where.line })
  }

  /** @param found how many conversations were read @throws ScenarioProblem if it is none, or anything was reported */
  finish(found: number): void {
    if (this.#count === 0 && found === 0) this.report('holds no conversation')
    if (this.#count === 0) return
    const more = this.#count - MOST_FINDINGS
    if (more > 0)
      this.#findings.push({ path: '', message: `and ${more} more`, source: this.#path, line: undefined })
    throw new ScenarioProblem(this.#findings)
  }
}
