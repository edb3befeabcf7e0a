import { join } from 'node:path'
import { evaluateThresholds, notJudged, type Run } from '@slicechat/run'
import { analyse } from '@slicechat/run/analysis'
import { remarksOf } from '../plan/plan.ts'
import type { MissedThreshold } from '../run/abort-rule.ts'
import { planLoad } from '../run/prepared-run.ts'
import { type MeasuredRun, runScenario } from '../run/run-scenario.ts'
import { createFolder } from '../run-folder/create-folder.ts'
import { RequestFile } from '../run-folder/request-file.ts'
import type { Written } from '../run-folder/write-files.ts'
import { writeRun } from '../run-folder/write-run.ts'
import { loadScenario } from '../scenario/load.ts'
import { checkTarget, targetAddress } from '../target/open-target.ts'
import { progressView } from '../terminal/progress-view.ts'
import { filesText, summaryOf, verdictText } from '../terminal/summary.ts'
import { upload } from '../upload/upload.ts'
import { savePages } from '../run-folder/saved-pages.ts'
import { abortFlags, abortOf } from './abort-flags.ts'
import { invocationOf } from './invocation.ts'
import { command } from './command.ts'
import { flag } from './flag.ts'
import { noteProxies } from './proxy-note.ts'
import { prometheusFlags } from './prometheus-flags.ts'
import { runCode } from './run-code.ts'
import { shardOptionsOf } from './shard-flags.ts'
import {
  DEFAULT_SEED,
  loadFlags,
  scenarioFlags,
  shortFormsOf,
  targetFlags,
  targetOf,
} from './target-flags.ts'
import { witnessFlags } from './witness-flags.ts'
import { UsageProblem } from '../problems/usage-problem.ts'
import { Witnesses } from './witnesses.ts'
import { PROGRAM_NAME } from './program-name.ts'

const runFlags = {
  ...targetFlags,
  ...scenarioFlags,
  ...loadFlags,
  ...witnessFlags,
  ...prometheusFlags,
  out: flag.text('DIR', 'where the files go, a folder that is not there yet; default runs/DATE-SCENARIO'),
  workers: flag.whole('N', 1, 'threads that send the load; default 1, enough for thousands of tokens/s', 64),
  shard: flag.text('I/N', 'sends the I-th of N parts of the load, I from 0; merge puts the parts together'),
  'start-at': flag.text('TIME', 'when the load begins, ISO 8601, for shards to agree on; default: at once'),
  ...abortFlags,
  upload: flag.switch('hands the run to the API, where the web app lists it'),
  quiet: flag.switch('shows nothing on the way and only the verdict at the end'),
  json: flag.switch('prints one JSON object on stdout at the end; everything else goes to stderr'),
} as const

export const run = command({
  name: 'run',
  summary: 'sends the load of a scenario, compares the witnesses, writes a report',
  positionals: { names: 'SCENARIO', min: 1, max: 1 },
  flags: runFlags,
  details: `SCENARIO is the name of one that ships (${PROGRAM_NAME} scenarios) or the path of a YAML file. Everything
is checked before any load is sent. Ctrl-C ends the run and keeps what there is; twice ends it at once.`,
  examples: [
    'run smoke',
    'run chatty --users 40 --duration 10m --target https://chat.example',
    'run smoke --target openai:http://127.0.0.1:8000',
    'run ./ours.yaml --scrape api=http://api:9100/metrics --scrape vllm=http://vllm:8000/metrics',
  ],
  run: async ({ positionals: [name = ''], flags, given, env, console, signal }) => {
    const share = shardOptionsOf(flags)
    const loaded = loadScenario(name, flags.set, shortFormsOf(flags))
    const { scenario, abort } = abortOf(flags, loaded.scenario)
    const seed = flags.seed ?? DEFAULT_SEED
    const load = planLoad({ ...loaded, scenario }, seed)
    for (const remark of remarksOf(load.plan)) console.message(remark)
    const options = targetOf(flags, env)
    noteProxies([options.url, flags.prometheus ?? env.LOADGEN_PROMETHEUS], (text) => console.message(text))
    if (flags.upload && targetAddress(options.url).kind === 'openai')
      throw new UsageProblem(['--upload: an openai: target keeps no runs'])
    const target = await checkTarget(options)
    const { model, simulated } = target
    const witnesses = await Witnesses.open(flags, env, target, (text) => console.message(text))
    const folder = createFolder(flags.out, scenario.name, new Date())
    const requests = new RequestFile(join(folder, 'requests.csv'))
    const title = `${scenario.name}: ${target.url}, ${model}${simulated ? ' (simulated)' : ''}`
    const view = progressView(console, { title, scenario, durationMs: load.plan.durationMs }, flags.quiet)
    const leaving = () => view.message('Ending: answers under way are stopped, then the files are written.')
    signal.addEventListener('abort', leaving, { once: true })

    let measured: MeasuredRun
    let missed: MissedThreshold | undefined
    const onMissed = (one: MissedThreshold): void => {
      missed = one
      view.message(
        `Aborting: ${one.expression} was missed. Answers under way are stopped, then the files are written.`,
      )
    }
    let listed: Written
    try {
      measured = await runScenario(
        { ...load, target },
        {
          signal,
          ...share,
          workers: flags.workers ?? 1,
          ...(abort === undefined ? {} : { abort: { ...abort, onMissed } }),
          onProgress: (progress) => view.update(progress),
          onRequest: (record) => requests.add(record),
        },
      )
    } catch (error) {
      await witnesses.stop()
      throw error
    } finally {
      signal.removeEventListener('abort', leaving)
      view.close()
      listed = await requests.close()
    }
    const seen = await witnesses.finish(measured, signal)
    const part = share.shard !== undefined && share.shard.count > 1 ? share.shard : undefined
    const result: Run = {
      ...measured,
      asked: invocationOf(name, given, runFlags, env),
      ...(part === undefined ? {} : { shard: { indices: [part.index], count: part.count } }),
      thresholds:
        part === undefined
          ? evaluateThresholds(scenario.thresholds, measured).map((one) =>
              // The requests still under way cannot undo the miss.
              one.expression === missed?.expression ? { ...one, value: missed.value, passed: false } : one,
            )
          : notJudged(scenario.thresholds),
      witnesses: seen.witnesses,
    }
    const analysis = analyse(result)
    const interrupted = signal.aborted
    const written = [await writeRun(folder, result, analysis), await savePages(folder, seen.scraped), listed]
    const files = written.flatMap((one) => one.files)
    const problems = written.flatMap((one) => one.problems)
    for (const problem of problems) console.message(problem)
    for (const text of [...seen.remarks, ...seen.failures]) console.message(text)
    const uploaded = flags.upload ? await upload(result, target, folder) : undefined
    if (uploaded !== undefined) console.message(uploaded.text)
    const failed = uploaded?.ok === false || problems.length + seen.failures.length > 0
    const code = runCode(result, analysis.ledger, interrupted, failed, missed !== undefined)
    if (flags.json)
      console.result(
        JSON.stringify({
          exitCode: code,
          folder,
          files,
          verdict: analysis.verdict,
          thresholds: result.thresholds,
          ledger: analysis.ledger,
          problems: [...problems, ...seen.failures],
          cutShort: result.cutShort,
          self: result.self,
          target: result.target,
          seed,
          requests: { ...result.whole, latencies: undefined },
        }),
      )
    else {
      const text = flags.quiet
        ? verdictText(result, analysis, code, console.paintResult)
        : summaryOf(result, analysis, code, console.paintResult)
      console.result(`${text}\n\n${filesText(folder, files, console.paintResult)}`)
    }
    return code
  },
})
