import type { Witness } from '@slicechat/run'
import { accumulatedWitness } from '../accumulators/accumulated-witness.ts'
import { ProcessAccumulator } from '../accumulators/process-accumulator.ts'
import { FAMILIES, kindOf } from '../families.ts'
import { PageReader } from '../metrics-page.ts'
import { WitnessProblem } from '../witness-problem.ts'
import type { SavedPage } from './scraper.ts'

/** A saved page, and the file that holds it. */
export interface PageFile extends SavedPage {
  readonly file: string
}

/**
 * A witness made of two pages that someone saved before and after the run: growth is known, values over time are not.
 * @param span the run's window, milliseconds since 1970
 * @returns `problems`: what could not be read of the pages
 * @throws {WitnessProblem} that names the file
 */
export function witnessOfPages(
  name: string,
  [before, after]: readonly [PageFile, PageFile],
  span: { fromMs: number; untilMs: number },
): { witness: Witness; problems: readonly string[] } {
  if (before.at > span.fromMs)
    throw new WitnessProblem(before.file, `was saved ${seconds(before.at - span.fromMs)} after the run began`)
  if (after.at < span.untilMs)
    throw new WitnessProblem(after.file, `was saved ${seconds(span.untilMs - after.at)} before the run ended`)
  const [kind, other] = [kindOf(before.text), kindOf(after.text)]
  if (kind === undefined)
    throw new WitnessProblem(before.file, 'has no metrics of an API, vLLM or a DCGM exporter')
  if (kind !== other) throw new WitnessProblem(after.file, `is no later page of ${FAMILIES[kind].title}`)
  const accumulator = new ProcessAccumulator(kind)
  const reader = new PageReader(FAMILIES[kind])
  for (const { file, at, text } of [before, after])
    try {
      accumulator.add(at, reader.page(text))
    } catch (error) {
      throw new WitnessProblem(file, (error as Error).message, error)
    }
  const witness = {
    kind,
    name,
    source: 'scrape' as const,
    url: `${before.file} and ${after.file}`,
    intervalMs: after.at - before.at,
    gaps: [],
    scrapeMs: null,
    ...accumulatedWitness([{ instance: name, accumulator }], -span.fromMs),
  }
  return { witness, problems: accumulator.problems }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
