import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { reportHtml } from '@slicechat/report'
import { analyse } from '@slicechat/run/analysis'
import { createFolder } from '../run-folder/create-folder.ts'
import { readRuns } from '../run-folder/read-runs.ts'
import { command } from './command.ts'
import { EXIT } from '../problems/exit-code.ts'
import { flag } from './flag.ts'

const flags = {
  out: flag.text('DIR', 'where report.html goes, a folder that is not there yet; default runs/DATE-report'),
} as const

export const report = command({
  name: 'report',
  summary: 'draws a run again, or several over each other, as one report.html',
  positionals: { names: 'RUN …', min: 1, max: Number.POSITIVE_INFINITY },
  flags,
  details: 'RUN is the folder of a run, or its run.json; the first is what the others are compared with.',
  examples: ['report runs/2026-01-31-1405-smoke runs/2026-02-01-0900-smoke'],
  run: async ({ positionals, flags, console }) => {
    const entries = readRuns(positionals).map((run) => ({ run, analysis: analyse(run) }))
    const file = join(createFolder(flags.out, 'report', new Date()), 'report.html')
    await writeFile(file, reportHtml(entries), { flag: 'wx' })
    console.result(file)
    return EXIT.met
  },
})
