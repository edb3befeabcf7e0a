import { analyse, mergeRuns } from '@slicechat/report'
import { createFolder } from '../run-folder/create-folder.ts'
import { readRuns } from '../run-folder/read-runs.ts'
import { writeRun } from '../run-folder/write-run.ts'
import { filesText, summaryOf } from '../terminal/summary.ts'
import { command } from './command.ts'
import { flag } from './flag.ts'
import { runCode } from './run-code.ts'

const flags = {
  out: flag.text(
    'DIR',
    'where the merged run goes, a folder that is not there yet; default runs/DATE-SCENARIO-merged',
  ),
} as const

export const merge = command({
  name: 'merge',
  summary: 'makes one run of its shards, judges it anew and writes its files',
  words: { names: 'RUN RUN …', min: 2, max: Number.POSITIVE_INFINITY },
  flags,
  details:
    'RUN is the folder of a run or its run.json. Shards belong together if they had the same scenario, seed, target and\nstart (--start-at).',
  examples: ['merge shard-0 shard-1 --out whole'],
  run: async ({ words, flags, console }) => {
    const merged = mergeRuns(readRuns(words))
    const analysis = analyse(merged)
    const folder = createFolder(flags.out, `${merged.name}-merged`, new Date())
    const { files, problems } = await writeRun(folder, merged, analysis)
    for (const problem of problems) console.say(problem)
    const code = runCode(merged, analysis.ledger, false, problems.length > 0)
    const text = summaryOf(merged, analysis, code, console.paintResult)
    console.result(`${text}\n\n${filesText(folder, files, console.paintResult)}`)
    return code
  },
})
