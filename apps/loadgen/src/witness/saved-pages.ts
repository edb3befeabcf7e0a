import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { InputProblem } from '../problems/input-problem.ts'
import { type Written, writeFiles } from '../run-folder/write-files.ts'
import { FAMILIES, kindOf } from './families.ts'
import { PageReader } from './page.ts'
import type { Finished, SavedPage } from './scraper.ts'
import { ProcessAccumulator } from './process-accumulator.ts'
import { accumulatedWitness } from './accumulated-witness.ts'

const FOLDER = 'witnesses'
/** A comment to every reader of metrics. Copying a file may lose its modification time, but not this line. */
const STAMP = /^# taken at (\S+)\n/

/** Saves the first and the last page of each witness with the run. */
export function savePages(folder: string, finished: readonly Finished[]): Promise<Written> {
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
 * A witness made of two pages that someone saved before and after the run: growth is known, values over time are not.
 * @param pair `NAME=BEFORE,AFTER`: files of the Prometheus text format, gzipped or not
 * @param span the run's window, milliseconds since 1970
 * @throws {InputProblem} that names the file
 */
export function witnessOfPages(pair: string, span: { fromMs: number; untilMs: number }): Finished {
  const [, name, beforeFile, afterFile] = /^([\w.-]+)=([^,]+),([^,]+)$/.exec(pair) ?? []
  if (name === undefined || beforeFile === undefined || afterFile === undefined)
    throw new InputProblem(
      `--scrape ${pair}`,
      'is not NAME=BEFORE,AFTER with two saved pages. A URL says what is now, and not what was when the run began',
    )
  const before = readPage(beforeFile)
  const after = readPage(afterFile)
  if (before.at > span.fromMs)
    throw new InputProblem(beforeFile, `was saved ${seconds(before.at - span.fromMs)} after the run began`)
  if (after.at < span.untilMs)
    throw new InputProblem(afterFile, `was saved ${seconds(span.untilMs - after.at)} before the run ended`)
  const [kind, other] = [kindOf(before.text), kindOf(after.text)]
  if (kind === undefined)
    throw new InputProblem(beforeFile, 'has no metrics of an API, vLLM or a DCGM exporter')
  if (kind !== other) throw new InputProblem(afterFile, `is no later page of ${FAMILIES[kind].title}`)
  const fold = new ProcessAccumulator(kind)
  const reader = new PageReader(FAMILIES[kind])
  for (const [file, { at, text }] of [[beforeFile, before] as const, [afterFile, after] as const])
    try {
      fold.add(at, reader.page(text))
    } catch (error) {
      throw new InputProblem(file, (error as Error).message, error)
    }
  const told = accumulatedWitness([{ instance: name, fold }], -span.fromMs)
  const witness = {
    kind,
    name,
    source: 'scrape' as const,
    url: `${beforeFile} and ${afterFile}`,
    intervalMs: after.at - before.at,
    gaps: [],
    scrapeMs: null,
    ...told,
  }
  const remarks = fold.problems.map((problem) => `${name}: ${problem}`)
  return { witness, remarks, pages: { opening: before, closing: after } }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

function readPage(file: string): SavedPage {
  try {
    const bytes = readFileSync(file)
    const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8')
    const stamp = STAMP.exec(text)
    return stamp
      ? { at: Date.parse(stamp[1] ?? ''), text: text.slice(stamp[0].length) }
      : { at: statSync(file).mtimeMs, text }
  } catch (error) {
    throw new InputProblem(file, `cannot be read (${(error as Error).message})`, error)
  }
}
