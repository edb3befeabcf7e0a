import { analyse } from '@slicechat/run/analysis'
import { mergeRuns } from '@slicechat/run/merge'
import { createFolder } from '../run-folder/create-folder.ts'
import { readRuns } from '../run-folder/read-runs.ts'
import { writeRun } from '../run-folder/write-run.ts'
import { openTarget, targetAddress } from '../target/open-target.ts'
import { filesText, summaryOf } from '../terminal/summary.ts'
import { upload } from '../upload/upload.ts'
import { command } from './command.ts'
import { flag } from './flag.ts'
import { noteProxies } from './proxy-note.ts'
import { runCode } from './run-code.ts'
import { connectionFlags, connectionOf } from './target-flags.ts'
import { UsageProblem } from '../problems/usage-problem.ts'

const flags = {
  out: flag.text(
    'DIR',
    'where the merged run goes, a folder that is not there yet; default runs/DATE-SCENARIO-merged',
  ),
  upload: flag.switch('hands the merged run to the API at --target, where the web app lists it'),
  ...connectionFlags,
} as const

export const merge = command({
  name: 'merge',
  summary: 'makes one run of its shards, judges it anew and writes its files',
  positionals: { names: 'RUN RUN …', min: 2, max: Number.POSITIVE_INFINITY },
  flags,
  details:
    'RUN is the folder of a run or its run.json. Shards belong together if they had the same scenario, seed, target and\nstart (--start-at).',
  examples: [
    'merge shard-0 shard-1 --out whole',
    'merge shard-0 shard-1 --upload --target https://chat.example',
  ],
  run: async ({ positionals, flags, env, console }) => {
    const target = flags.upload ? connectionOf(flags, env) : undefined
    if (target !== undefined) {
      if (targetAddress(target.url).kind === 'openai')
        throw new UsageProblem(['--upload: an openai: target keeps no runs'])
      // Checks the target's options before anything is written.
      await openTarget(target).close()
      noteProxies([target.url], (text) => console.message(text))
    }
    const merged = mergeRuns(readRuns(positionals))
    const analysis = analyse(merged)
    const folder = createFolder(flags.out, `${merged.name}-merged`, new Date())
    const { files, problems } = await writeRun(folder, merged, analysis)
    for (const problem of problems) console.message(problem)
    const uploaded = target === undefined ? undefined : await upload(merged, target, folder)
    if (uploaded !== undefined) console.message(uploaded.text)
    const failed = uploaded?.ok === false || problems.length > 0
    const code = runCode(merged, analysis.ledger, false, failed)
    const text = summaryOf(merged, analysis, code, console.paintResult)
    console.result(`${text}\n\n${filesText(folder, files, console.paintResult)}`)
    return code
  },
})
