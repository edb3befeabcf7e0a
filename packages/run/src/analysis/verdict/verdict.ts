import { LatencyHistogram } from '../../histogram/latency-histogram.ts'
import { isSlowest, markFew } from '../../histogram/few-samples.ts'
import type { Run, Tally } from '../../schema/run.ts'
import { goodShare, judged } from '../../thresholds/threshold.ts'
import { answersWithoutUsage } from '../../thresholds/throughput.ts'
import type { Gpu } from '../gpu/gpu.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Capacity } from './capacity.ts'
import { capacityOf, MAX_FAILED_SHARE } from './capacity.ts'
import type { Resource, Saturated } from './saturating.ts'
import { saturatingOf, withoutStop } from './saturating.ts'
import { count, counted, duration, percent } from '../../format/quantity.ts'
import { type Finding, type Outcome, outcomeText } from './outcome.ts'

/** The run in words. */
export interface Verdict {
  /** The result in one sentence. */
  readonly headline: string
  /** The resources at their limit, in the order in which they got there; empty if there were none. */
  readonly saturating: readonly Saturated[]
  /** `null` without SLO. */
  readonly capacity: Capacity | null
  /** Goodput from 0 to 1 over the steady part; `null` without SLO or requests to judge. */
  readonly goodput: number | null
  /** Sentences on saturation, capacity and quality. */
  readonly statements: readonly string[]
  /** What to consider before believing these numbers. */
  readonly warnings: readonly string[]
}

const RESOURCE_NAMES: Readonly<Record<Resource, string>> = {
  client: 'The load tester',
  admission: 'The queue of the API',
  engineQueue: 'The queue of the engine',
  kvCache: 'The KV cache',
  dram: 'The bandwidth of the GPU’s memory',
  compute: 'The compute of the GPU',
  gpu: 'The GPU',
}

/** States what the numbers mean: what saturates first, how many users fit, how good it was, what to mistrust. */
export function verdictOf(run: Run, ledger: Ledger, gpu: Gpu | null): Verdict {
  const saturating = saturatingOf(run, gpu)
  const isPart = run.shard !== undefined
  const capacity = isPart ? null : capacityOf(run)
  const hasSlo = Object.values(run.slo).some((limit) => limit !== undefined)
  const goodput = hasSlo ? goodShare(run.steadyTally) : null
  return {
    headline: outcomeText(outcomeOf(run, ledger)),
    saturating,
    capacity,
    goodput,
    statements: [
      isPart ? null : saturationText(run, saturating),
      capacityText(run, capacity),
      ...qualityTexts(run, hasSlo),
    ].filter((text) => text !== null),
    warnings: warningsOf(run),
  }
}

/** Only the outcome: it is cheap, while the rest of the verdict decodes every interval. */
export function outcomeOf(run: Run, ledger: Ledger): Outcome {
  const { thresholds, cutShort, whole, shard } = run
  const expressions = (some: Run['thresholds']): string[] => some.map(({ expression }) => expression)
  const missed = thresholds.filter(({ passed, value }) => !passed && value !== null)
  const unmeasured = thresholds.filter(({ value }) => value === null)
  const findings: Finding[] = []
  if (run.self.saturated) findings.push({ code: 'client-saturated' })
  if (!ledger.balanced) findings.push({ code: 'ledger-unbalanced' })
  if (missed.length > 0) findings.push({ code: 'missed', thresholds: expressions(missed) })
  if (shard === undefined) {
    if (whole.intended === 0 && cutShort === null) findings.push({ code: 'nothing-planned' })
    else if (unmeasured.length > 0)
      findings.push(
        judged(run.steadyTally) === 0
          ? { code: 'nothing-to-judge' }
          : { code: 'not-measured', thresholds: expressions(unmeasured) },
      )
  }
  if (cutShort !== null) findings.push({ code: 'cut-short', why: cutShort })
  return {
    findings,
    started: whole.started,
    succeeded: whole.succeeded,
    thresholds: thresholds.length,
    alone: ledger.parties.length < 2,
    shard: shard ?? null,
  }
}

/** Names of what is watched besides the client. */
const WATCHED = { api: 'the API', vllm: 'the engine', dcgm: 'the GPU' } as const

function saturationText({ witnesses }: Run, saturating: readonly Saturated[]): string {
  const [first, ...later] = saturating
  if (!first) {
    const kinds = new Set(witnesses.map(({ kind }) => kind))
    const watched = (['api', 'vllm', 'dcgm'] as const).filter((kind) => kinds.has(kind))
    if (watched.length === 3) return 'Nothing was at its limit in this run.'
    const names = ['the client', ...watched.map((kind) => WATCHED[kind])]
    return `Nothing was at its limit of what was watched: ${names.join(', ')}.`
  }
  const then = later.map(({ resource, why }) => `${lower(RESOURCE_NAMES[resource])} (${why})`)
  return `${RESOURCE_NAMES[first.resource]} saturates first: ${first.why}${then.length === 0 ? '' : `; then ${then.join(', ')}`}.`
}

function capacityText({ slo }: Run, capacity: Capacity | null): string | null {
  if (capacity === null) return null
  const limits = [
    ...(slo.ttftMs === undefined ? [] : [`first token within ${duration(slo.ttftMs)} at p95`]),
    ...(slo.interTokenMs === undefined
      ? []
      : capacity.interTokenUnknown
        ? ['the time between tokens is not known']
        : [`${duration(slo.interTokenMs)} between tokens on average`]),
    `at most ${percent(MAX_FAILED_SHARE)} failed`,
  ].join(', ')
  if (capacity.users === 0)
    return `Fewer than ${usersText(Math.ceil(capacity.levels[0]?.users ?? 1))} (${limits}).`
  // Users are means over a second, so the number is rounded down.
  const { users } = capacity
  return `${capacity.atLeast ? 'At least ' : ''}${usersText(users < 1 ? users : Math.floor(users))} (${limits}).`
}

const usersText = (users: number): string => (users === 1 ? '1 user fits' : `${count(users)} users fit`)

function qualityTexts({ steadyTally: tally }: Run, hasSlo: boolean): string[] {
  const ttft = LatencyHistogram.decode(tally.latencies.ttft)
  const interToken = LatencyHistogram.decode(tally.latencies.interToken)
  const of = (histogram: LatencyHistogram): string =>
    [0.5, 0.95, 0.99]
      .map((q) => `p${q * 100} ${markFew(duration(histogram.quantile(q) ?? 0), q, histogram.count)}`)
      .join(', ') + fewSamplesText(histogram.count)
  return [
    ...(ttft.count > 0 ? [`Time to first token: ${of(ttft)}.`] : []),
    ...(interToken.count > 0 ? [`Time between tokens: ${of(interToken)}.`] : []),
    ...(hasSlo ? [goodputText(tally)] : []),
    ...(tally.failed > 0
      ? [
          `${counted(tally.failed, 'request')} failed (${percent(tally.failed / Math.max(1, tally.started))}), most often with ${tally.errors[0]?.code ?? 'no code'}.`,
        ]
      : []),
  ]
}

const fewSamplesText = (samples: number): string =>
  isSlowest(0.99, samples) ? ` (†: the slowest of ${counted(samples, 'answer')})` : ''

function goodputText(tally: Tally): string {
  const { undecided = 0 } = tally
  const good = goodShare(tally)
  const cut =
    undecided === 0
      ? ''
      : `; ${count(undecided)} ${undecided === 1 ? 'was' : 'were'} cut off before it could be told`
  if (good === null) return `Goodput: no request to judge${cut}.`
  const of = undecided === 0 ? 'intended requests' : 'requests that can be judged'
  return `Goodput: ${percent(good)} of the ${of} met every limit${cut}.`
}

function warningsOf(run: Run): string[] {
  const { self, witnesses, whole, steadyTally } = run
  const simulated = run.target.simulated || witnesses.some((witness) => witness.simulated)
  const gaps = witnesses.filter((witness) => witness.gaps.length > 0)
  return [
    ...(simulated ? ['Simulated: no GPU and no model is behind these numbers.'] : []),
    ...(self.saturated
      ? [
          `The client was saturated (${self.why.map((why) => lower(withoutStop(why))).join('; ')}): the server may be better than this.`,
        ]
      : []),
    ...(run.cutShort === null
      ? []
      : [
          `The run was cut short: ${withoutStop(run.cutShort)}${whole.unfinished === 0 ? '' : `, with ${counted(whole.unfinished, 'request')} still under way`}.`,
        ]),
    ...answerWarnings(run),
    ...(whole.dropped > 0
      ? [
          `${counted(whole.dropped, 'request')} ${whole.dropped === 1 ? 'was' : 'were'} dropped, since no user was free to send them.`,
        ]
      : []),
    ...(steadyTally.started === 0 && whole.started > 0 ? ['Nothing was started in the steady part.'] : []),
    ...gaps.map(
      ({ name, gaps: missing }) =>
        `${name} could not be read ${missing.length === 1 ? 'one time' : `${missing.length} times`}: ${withoutStop(missing[0]?.why ?? '')}.`,
    ),
    ...witnesses
      .filter(({ resets }) => resets > 0)
      .map(
        ({ name, resets }) =>
          `${name} restarted ${resets === 1 ? 'once' : `${resets} times`} during the run.`,
      ),
    ...witnesses.flatMap(({ kind, name, intervalMs, scrapeMs }) => [
      ...(scrapeMs !== null && scrapeMs > 0.05 * intervalMs
        ? [`Scraping ${name} took ${duration(scrapeMs)} of every ${duration(intervalMs)}.`]
        : []),
      ...(kind === 'dcgm' && intervalMs < 1000
        ? [
            `${name} was sampled every ${duration(intervalMs)}: at 100 ms that costs about 2% of decode speed.`,
          ]
        : []),
    ]),
  ]
}

/** Warnings about what is unknown of answers that succeeded. */
function answerWarnings({ whole }: Run): string[] {
  const { bursts = 0, succeeded, succeededUntoldPrompts = 0, succeededUntold = 0 } = whole
  const untold = answersWithoutUsage(whole)
  const of = (some: number): string =>
    `${count(some)} of ${count(succeeded)} ${succeeded === 1 ? 'answer' : 'answers'}`
  return [
    ...(bursts > 0
      ? [
          `${of(bursts)} came in one piece, or in a few large ones: the server, or a proxy that buffers, held back what it had. Their first token is late by as much, and the time between their tokens is not known.`,
        ]
      : []),
    ...(untold > 0
      ? [
          `The server told no usage of ${of(untold)}: how many tokens there were, and so the throughput and the time between them, is not known.`,
        ]
      : []),
    ...(succeededUntoldPrompts > succeededUntold
      ? [`The server told no prompt tokens of ${of(succeededUntoldPrompts)}.`]
      : []),
  ]
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
