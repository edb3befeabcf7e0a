import { type Analysis, markdownOf, reportHtml, type Run, summaryCsv } from '@slicechat/report'
import { type Written, writeFiles } from './write-files.ts'

/** Writes what a run is and what it says into its folder. */
export function writeRun(folder: string, run: Run, analysis: Analysis): Promise<Written> {
  return writeFiles(folder, {
    // The others can be made from it.
    'run.json': `${JSON.stringify(run)}\n`,
    'summary.md': markdownOf(run, analysis),
    'summary.csv': summaryCsv(run, analysis),
    'report.html': reportHtml([{ run, analysis }]),
  })
}
