import type { Run, Witness } from '@slicechat/run'
import { analyse, witnessShortfall } from '@slicechat/run/analysis'
import { createFolder } from '../run-folder/create-folder.ts'
import { readRuns } from '../run-folder/read-runs.ts'
import { writeRun } from '../run-folder/write-run.ts'
import { summaryOf } from '../terminal/summary.ts'
import { type PrometheusOptions, witnessesFromPrometheus } from '@slicechat/witness'
import { witnessOfFiles } from '../run-folder/saved-pages.ts'
import { trust } from '../target/trust.ts'
import { caFlag, certificatesOf } from './ca-flag.ts'
import { command } from './command.ts'
import { flag } from './flag.ts'
import { InputProblem } from '../problems/input-problem.ts'
import { noteProxies } from './proxy-note.ts'
import { prometheusFlags, prometheusOf } from './prometheus-flags.ts'
import { runCode } from './run-code.ts'
import { optionalWitnesses } from './witness-flags.ts'
import { UsageProblem } from '../problems/usage-problem.ts'

const flags = {
  ...prometheusFlags,
  ...caFlag,
  ...optionalWitnesses,
  scrape: flag.list(
    'NAME=BEFORE,AFTER',
    "two pages of metrics saved before the run and after it (.gz too); a run's own are in its folder witnesses/",
  ),
  out: flag.text('DIR', 'writes the run with these witnesses there, a folder that is not there yet'),
  json: flag.switch('prints one JSON object on stdout'),
} as const

export const compare = command({
  name: 'compare',
  summary: 'sets the counts of client, API, vLLM and GPU of a run side by side, as others witnessed it',
  positionals: { names: 'RUN', min: 1, max: 1 },
  flags,
  details: `RUN is the folder of a run, or its run.json. Without flags the witnesses stored with it are read again. A metrics
page knows only the present, so what is compared is what was saved: by a Prometheus server (--prometheus), or in two
pages (--scrape). The run's own files stay as they are.`,
  examples: [
    'compare runs/2026-01-31-1405-smoke',
    'compare RUN --prometheus https://prometheus.example --prometheus-match \'namespace="chat"\'',
    'compare RUN --scrape vllm=before.prom,after.prom',
  ],
  run: async ({ positionals: [path = ''], flags, env, console, signal }) => {
    trust(certificatesOf(flags.ca))
    noteProxies([flags.prometheus ?? env.LOADGEN_PROMETHEUS], (text) => console.message(text))
    const [run] = readRuns([path])
    if (run === undefined) throw new InputProblem(path, 'holds no run')
    if (flags.scrape.length > 0 && flags.prometheus !== undefined)
      throw new UsageProblem(['--scrape and --prometheus are two sources; give one of them'])
    // With --scrape, a Prometheus that the environment happens to name is not asked.
    const prometheus = flags.scrape.length > 0 ? undefined : prometheusOf(flags, env)
    const { witnesses, remarks, failures } = await witnessesOf(run, prometheus, flags.scrape, signal)
    const compared: Run = { ...run, witnesses }
    const analysis = analyse(compared)
    const folder = flags.out === undefined ? undefined : createFolder(flags.out, run.name, new Date())
    const problems = folder === undefined ? [] : (await writeRun(folder, compared, analysis)).problems
    const failed = problems.length > 0 || (failures.length > 0 && !flags['optional-witnesses'])
    const code = runCode(compared, analysis.ledger, signal.aborted, failed)
    for (const remark of [...problems, ...remarks, ...failures]) console.message(remark)
    if (flags.json) console.result(JSON.stringify({ exitCode: code, ...analysis, witnesses }))
    else console.result(summaryOf(compared, analysis, code, console.paintResult))
    return code
  },
})

async function witnessesOf(
  run: Run,
  prometheus: PrometheusOptions | undefined,
  pairs: readonly string[],
  signal: AbortSignal,
): Promise<{ witnesses: Witness[]; remarks: readonly string[]; failures: readonly string[] }> {
  const span = { fromMs: run.startedAt, untilMs: run.startedAt + run.durationMs }
  if (pairs.length > 0) {
    const read = pairs.map((pair) => witnessOfFiles(pair, span))
    return {
      witnesses: read.map(({ witness }) => witness),
      remarks: read.flatMap(({ remarks }) => remarks),
      failures: read.flatMap(({ witness }) => witnessShortfall(witness, run) ?? []),
    }
  }
  if (prometheus === undefined) return { witnesses: run.witnesses, remarks: [], failures: [] }
  const { missing, ...found } = await witnessesFromPrometheus(prometheus, span, signal)
  const short = found.witnesses.flatMap((witness) => witnessShortfall(witness, run) ?? [])
  return { ...found, failures: [...missing, ...short] }
}
