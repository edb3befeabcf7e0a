import { markdownOf, reportHtml, summaryCsv } from '@slicechat/report'
import type { Run } from '@slicechat/run'
import type { Analysis } from '@slicechat/run/analysis'
import { type Written, writeFiles } from './write-files.ts'

/** Writes a run and its reports into its folder. */
export function writeRun(folder: string, run: Run, analysis: Analysis): Promise<Written> {
  return writeFiles(folder, {
    // The other files can be made from this one.
    'run.json': `${JSON.stringify(run)}\n`,
    'summary.md': markdownOf(run, analysis),
    'summary.csv': summaryCsv(run, analysis),
    'report.html': reportHtml([{ run, analysis }]),
  })
}
