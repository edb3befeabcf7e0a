import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { InputProblem } from '../problems/input-problem.ts'
import { type Written, writeFiles } from './write-files.ts'
import { type FinishedWitness, type PageFile, witnessOfPages } from '@slicechat/witness'

const FOLDER = 'witnesses'
/** A comment to every reader of metrics. Copying a file may lose its modification time, but not this line. */
const STAMP = /^# taken at (\S+)\n/

/** Saves the first and the last page of each witness with the run. */
export function savePages(folder: string, finished: readonly FinishedWitness[]): Promise<Written> {
  const files = finished.flatMap(({ witness, pages }) =>
    (['opening', 'closing'] as const).map((edge) => {
      const { at, text } = pages[edge]
      const page = gzipSync(`# taken at ${new Date(at).toISOString()}\n${text}`)
      return [join(FOLDER, `${witness.name}-${edge}.prom.gz`), page] as const
    }),
  )
  return writeFiles(folder, Object.fromEntries(files))
}

/**
 * A witness made of two pages that someone saved before and after the run.
 * @param pair `NAME=BEFORE,AFTER`: files of the Prometheus text format, gzipped or not
 * @param span the run's window, milliseconds since 1970
 * @throws {InputProblem | WitnessProblem} that names the file
 */
export function witnessOfFiles(pair: string, span: { fromMs: number; untilMs: number }): FinishedWitness {
  const [, name, beforeFile, afterFile] = /^([\w.-]+)=([^,]+),([^,]+)$/.exec(pair) ?? []
  if (name === undefined || beforeFile === undefined || afterFile === undefined)
    throw new InputProblem(
      `--scrape ${pair}`,
      'is not NAME=BEFORE,AFTER with two saved pages. A URL says what is now, and not what was when the run began',
    )
  const [opening, closing] = [readPage(beforeFile), readPage(afterFile)]
  const { witness, problems } = witnessOfPages(name, [opening, closing], span)
  return { witness, remarks: problems.map((problem) => `${name}: ${problem}`), pages: { opening, closing } }
}

function readPage(file: string): PageFile {
  try {
    const bytes = readFileSync(file)
    const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8')
    const stamp = STAMP.exec(text)
    return stamp
      ? { file, at: Date.parse(stamp[1] ?? ''), text: text.slice(stamp[0].length) }
      : { file, at: statSync(file).mtimeMs, text }
  } catch (error) {
    throw new InputProblem(file, `cannot be read (${(error as Error).message})`, error)
  }
}
