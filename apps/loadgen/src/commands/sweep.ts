import { countText } from '../terminal/number-text.ts'
import { join } from 'node:path'
import { analyse } from '@slicechat/run/analysis'
import { executorTypeOf } from '../executors/executors.ts'
import { createFolder } from '../run-folder/create-folder.ts'
import { writeFiles, type Written } from '../run-folder/write-files.ts'
import { writeRun } from '../run-folder/write-run.ts'
import { loadScenario } from '../scenario/load.ts'
import { sloOf } from '../scenario/slo.ts'
import { type LoadParameter, scenarioAt } from '../sweep/constant-load.ts'
import { type Bracket, search } from '../sweep/search.ts'
import { sweepHtml } from '../sweep/sweep-html.ts'
import { SWEEP_SCHEMA, type Sweep, type SweepStep } from '../sweep/sweep.ts'
import { stepLine, sweepSentences } from '../sweep/sweep-text.ts'
import { tryLoad } from '../sweep/try-load.ts'
import { checkTarget } from '../target/open-target.ts'
import { progressView } from '../terminal/progress-view.ts'
import { command } from './command.ts'
import { EXIT } from '../problems/exit-code.ts'
import { flag } from './flag.ts'
import { InputProblem } from '../problems/input-problem.ts'
import { noteProxies } from './proxy-note.ts'
import { DEFAULT_SEED, scenarioFlags, targetFlags, targetOf } from './target-flags.ts'
import { UsageProblem } from '../problems/usage-problem.ts'

const GOAL = 0.95
const DURATION_MS = 30_000
const WARM_UP_MS = 5_000
const MAX_RUNS = 3
const GROWTH = 2
const PRECISION = 0.05

const flags = {
  over: flag.choice(['users', 'rate'], 'what is varied: users at once, or conversations that begin a second'),
  from: flag.amount('A', 'the first load'),
  to: flag.amount('B', 'the largest load that is tried'),
  goal: flag.share('SHARE', `share of requests that must meet the SLO; default ${GOAL * 100}%`),
  duration: flag.duration('TIME', 'how long a load is measured; default 30s'),
  'warm-up': flag.duration('TIME', 'how long a load runs before it is measured; default 5s'),
  runs: flag.whole(
    'N',
    1,
    `how often a load is run at most when the answer is not clear; default ${MAX_RUNS}`,
  ),
  growth: flag.amount('X', `each step upwards is so many times the one before; default ${GROWTH}`),
  precision: flag.share('SHARE', `ends when the limit is known to so much; default ${PRECISION * 100}%`),
  ...targetFlags,
  ...scenarioFlags,
  workers: flag.whole('N', 1, 'threads that send the load; default 1', 64),
  out: flag.text(
    'DIR',
    'where the files go, a folder that is not there yet; default runs/DATE-SCENARIO-sweep',
  ),
  quiet: flag.switch('shows nothing on the way and only the answer at the end'),
  json: flag.switch('prints sweep.json on stdout at the end; everything else goes to stderr'),
} as const

export const sweep = command({
  name: 'sweep',
  summary: 'finds the largest load that meets the SLO, and draws latency against load',
  positionals: { names: 'SCENARIO', min: 1, max: 1 },
  flags,
  instead: {
    users: '--over users --from A --to B varies them',
    rate: '--over rate --from A --to B varies it',
  },
  details: `Upwards from --from by --growth until a load misses the SLO, then at the geometric mean of the largest load that
met it and the smallest that missed it. A load meets it when at least --goal of its requests are within every limit of
the scenario's slo. It is run again, up to --runs times, until the 95% interval of that share lies on one side of the
goal, and ended early when answers under way and time to the first token both grow without end.`,
  examples: [
    'sweep chatty --over users --from 4 --to 256',
    'sweep chatty --over rate --from 0.5 --to 20 --set slo.ttft=1s',
  ],
  run: async ({ positionals: [name = ''], flags, env, console, signal }) => {
    const { over, from, to } = rangeOf(flags)
    const loaded = loadScenario(name, flags.set)
    const { scenario, directory } = loaded
    if (Object.keys(scenario.slo).length === 0)
      throw new InputProblem('--set slo', `${name} has no SLO to meet; give one, such as --set slo.ttft=2s`)
    if (executorTypeOf(scenario.executor).isRecorded)
      throw new InputProblem(name, 'a trace has a load of its own and cannot be swept')
    const seed = flags.seed ?? DEFAULT_SEED
    const goal = flags.goal ?? GOAL
    const window = { warmUpMs: flags['warm-up'] ?? WARM_UP_MS, durationMs: flags.duration ?? DURATION_MS }
    const options = targetOf(flags, env)
    noteProxies([options.url], (text) => console.message(text))
    const target = await checkTarget(options)
    const { model, simulated } = target
    const folder = createFolder(flags.out, `${scenario.name}-sweep`, new Date())
    const startedAt = Date.now()
    const steps: SweepStep[] = []
    let describedTarget: Sweep['target'] | undefined
    const unwritten: string[] = []
    const reportProblems = ({ problems }: Written): void => {
      for (const problem of problems) console.message(problem)
      unwritten.push(...problems)
    }
    if (!flags.quiet)
      console.message(`${scenario.name}: ${target.url}, ${model}${simulated ? ' (simulated)' : ''}`)

    const meetsSlo = async (load: number, bracket: Bracket): Promise<boolean | undefined> => {
      const at = scenarioAt(scenario, over, load, window)
      const title = titleOf(over, load, steps.length + 1, bracket)
      const durationMs = window.warmUpMs + window.durationMs
      const view = progressView(console, { title, scenario: at, durationMs }, flags.quiet)
      let count = 0
      const step = await tryLoad(load, {
        scenario: at,
        directory,
        target,
        seed,
        goal,
        signal,
        workers: flags.workers ?? 1,
        maxRuns: flags.runs ?? MAX_RUNS,
        onProgress: (progress) => view.update(progress),
        save: async (run) => {
          describedTarget = run.target
          const sub = `${String(steps.length + 1).padStart(2, '0')}-${load}-${over}-${++count}`
          reportProblems(await writeRun(join(folder, sub), run, analyse(run)))
          return sub
        },
      }).finally(() => view.close())
      if (step === undefined) return undefined
      steps.push(step)
      if (!flags.quiet) console.message(stepLine(step, over, console.paint))
      return step.verdict === 'not measured' ? undefined : step.verdict === 'met'
    }
    const bracket = await search(
      {
        from,
        to,
        growth: flags.growth ?? GROWTH,
        precision: flags.precision ?? PRECISION,
        whole: over === 'users',
      },
      meetsSlo,
    )
    if (describedTarget === undefined) throw new Error('no load was tried')
    const result: Sweep = {
      schema: SWEEP_SCHEMA,
      name: scenario.name,
      startedAt,
      over,
      goal,
      seed,
      steps,
      target: describedTarget,
      scenario: { ...scenario },
      slo: sloOf(scenario),
      largestMet: bracket.met ?? null,
      smallestMissed: bracket.missed ?? null,
      cutShort: signal.aborted,
    }
    reportProblems(
      await writeFiles(folder, {
        'sweep.json': `${JSON.stringify(result)}\n`,
        'report.html': sweepHtml(result),
      }),
    )
    if (flags.json) console.result(JSON.stringify({ ...result, folder }))
    else console.result([...sweepSentences(result), `Files: ${folder}`].join('\n'))
    if (signal.aborted) return EXIT.interrupted
    if (unwritten.length > 0 || steps.some(({ clientSaturated }) => clientSaturated)) return EXIT.error
    return result.largestMet === null ? EXIT.thresholds : EXIT.met
  },
})

interface Range {
  readonly over: LoadParameter
  readonly from: number
  readonly to: number
}

function rangeOf(
  given: { [Key in keyof Range]: Range[Key] | undefined } & {
    growth: number | undefined
    duration: number | undefined
  },
): Range {
  const { over, from, to, growth, duration } = given
  const problems = [
    ...(over === undefined ? ['--over is missing: users or rate'] : []),
    ...(from === undefined ? ['--from is missing: the first load'] : []),
    ...(to === undefined ? ['--to is missing: the largest load'] : []),
    ...(from !== undefined && to !== undefined && from >= to ? ['--to: is not above --from'] : []),
    ...(duration === 0 ? ['--duration: is longer than nothing'] : []),
    ...(growth !== undefined && growth <= 1 ? ['--growth: is a number above 1'] : []),
    ...(over === 'users' && [from, to].some((one) => one !== undefined && !Number.isInteger(one))
      ? ['--from, --to: users are whole numbers']
      : []),
  ]
  if (over === undefined || from === undefined || to === undefined || problems.length > 0)
    throw new UsageProblem(problems)
  return { over, from, to }
}

function titleOf(over: LoadParameter, load: number, step: number, { met, missed }: Bracket): string {
  const what = over === 'users' ? countText(load, 'user') : `${load} conversations/s`
  const known =
    met === undefined
      ? ''
      : missed === undefined
        ? `; ${met} met the SLO`
        : `; the limit is between ${met} and ${missed}`
  return `sweep, step ${step}: ${what}${known}`
}
