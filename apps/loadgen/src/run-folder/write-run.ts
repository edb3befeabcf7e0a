import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Analysis, markdownOf, reportHtml, type Run, summaryCsv } from '@slicechat/report'

/** Writes what a run is and what it says into its folder. @returns the names of the files */
export async function writeRun(folder: string, run: Run, analysis: Analysis): Promise<string[]> {
  const files = {
    'report.html': reportHtml([{ run, analysis }]),
    'summary.md': markdownOf(run, analysis),
    'summary.csv': summaryCsv(run, analysis),
    'run.json': `${JSON.stringify(run)}\n`,
  }
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text, { flag: 'wx' })),
  )
  return Object.keys(files)
}
