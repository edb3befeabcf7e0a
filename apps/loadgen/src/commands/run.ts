import { evaluateThresholds, type Run } from '@slicechat/report'
import { planOf } from '../plan/plan-of.ts'
import { loadScenario } from '../scenario/load.ts'
import { runScenario } from '../run/run-scenario.ts'
import { createFolder } from '../run-folder/create-folder.ts'
import { RequestFile } from '../run-folder/request-file.ts'
import { writeRun } from '../run-folder/write-run.ts'
import { progressView } from '../terminal/progress-view.ts'
import { openTarget } from '../target/open-target.ts'
import { command } from './command.ts'
import { flag } from './flag.ts'
import { DEFAULT_SEED, scenarioFlags, targetFlags, targetOf } from './target-flags.ts'
import { join } from 'node:path'

const flags = {
  ...targetFlags,
  ...scenarioFlags,
  out: flag.text('DIR', 'where the files go, a folder that is not there yet; default runs/DATE-SCENARIO'),
  workers: flag.whole('N', 1, 'threads that send the load; default 1, enough for thousands of tokens/s'),
  quiet: flag.switch('shows nothing on the way and only the verdict at the end'),
  json: flag.switch('prints one JSON object on stdout at the end; everything else goes to stderr'),
} as const

export const run = command({
  name: 'run',
  summary: 'sends the load of a scenario, compares the witnesses, writes a report',
  words: { names: 'SCENARIO', min: 1, max: 1 },
  flags,
  run: async ({ words: [name = ''], flags, env, console, signal }) => {
    const { scenario, directory } = loadScenario(name, flags.set)
    const seed = flags.seed ?? DEFAULT_SEED
    const plan = planOf(scenario, seed, { directory })
    const target = targetOf(flags, env)
    const opened = openTarget(target)
    const { model, simulated } = await opened.check().finally(() => opened.close())
    const folder = createFolder(flags.out, scenario.name, new Date())
    const requests = new RequestFile(join(folder, 'requests.csv'))
    const title = `${scenario.name}: ${target.url}, ${model}${simulated ? ' (simulated)' : ''}`
    const view = progressView(console, { title, scenario, durationMs: plan.durationMs }, flags.quiet)
    const measured = await runScenario({
      ...{ scenario, directory, seed, target, signal },
      workers: flags.workers ?? 1,
      onProgress: (progress) => view.update(progress),
      onRequest: (record) => requests.add(record),
    }).finally(() => view.close())
    await requests.close()
    const seconds = (measured.steady.untilMs - measured.steady.fromMs) / 1000
    const result: Run = {
      ...measured,
      thresholds: evaluateThresholds(scenario.thresholds, measured.steadyTally, seconds),
      witnesses: [],
    }
    await writeRun(folder, result)
    return 0
  },
})
