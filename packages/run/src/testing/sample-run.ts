import {
  bucketSamples,
  E2E_EDGES,
  FIRST_TOKEN_EDGES,
  INTER_TOKEN_EDGES,
  VLLM_EDGES,
} from '@slicechat/metrics/reading'
import { LatencyHistogram } from '../histogram/latency-histogram.ts'
import type { Interval, Run, Tally } from '../schema/run.ts'
import { evaluateThresholds } from '../thresholds/threshold.ts'
import { aLatencies, anInterval, aRun, aTally } from './parts.ts'
import { sampleDcgm, sampleServer } from './sample-witness.ts'

export interface SampleOptions {
  readonly seconds?: number
  readonly users?: number
  readonly seed?: number
  readonly witnesses?: boolean
}

/** One request of the sample run; times in milliseconds. */
interface Request {
  readonly at: number
  readonly ttft: number
  readonly interToken: number
  readonly tokens: number
  readonly delay: number
  readonly outcome: 'succeeded' | 'failed' | 'abandoned'
}

const SLO = { ttftMs: 1500, interTokenMs: 60 }
const PROMPT = 220

/**
 * A ramp to `users` and down again on a slice that saturates, random from a seed; tests draw their reports of it.
 */
export function sampleRun({
  seconds = 180,
  users = 40,
  seed = 7,
  witnesses = true,
}: SampleOptions = {}): Run {
  const chance = random(seed)
  const usersAt = (second: number) =>
    Math.round(
      users * Math.min(1, (second + 1) / (seconds * 0.3), Math.max(0, (seconds - second) / (seconds * 0.15))),
    )
  const requests: Request[] = []
  const steady = { fromMs: seconds * 300, untilMs: seconds * 850 }
  const intervals = Array.from({ length: seconds }, (_, second) => {
    const now = usersAt(second)
    const here = Array.from({ length: Math.round(now / 9 + chance() * 1.2) }, () =>
      request(second, now, users, chance),
    )
    requests.push(...here)
    return intervalOf(second, now, here)
  })
  const of = (wanted: readonly Request[]) => tallyOf(wanted)
  const tokens = intervals.map(({ tokens: sum }) => sum)
  const inSteady = requests.filter(({ at }) => at >= steady.fromMs && at < steady.untilMs)
  const run = aRun({
    id: `00000000-0000-4000-8000-${String(seed).padStart(12, '0')}`,
    name: 'office-day',
    durationMs: seconds * 1000,
    steady,
    seed,
    scenario: {
      name: 'office-day',
      executor: {
        type: 'ramping-vus',
        startUsers: 0,
        stages: [
          { duration: seconds * 300, users },
          { duration: seconds * 550, users },
          { duration: seconds * 150, users: 0 },
        ],
      },
      conversation: { languages: { en: 0.6, zh: 0.4 } },
      slo: { ttft: '1.5s', interToken: '60ms' },
      thresholds: ['ttft.p95 < 1.5s', 'errors.rate < 5%'],
    },
    slo: SLO,
    whole: of(requests),
    steadyTally: of(inSteady),
    intervals,
  })
  const target = { ...run.target, simulated: true }
  const thresholds = evaluateThresholds(['ttft.p95 < 1.5s', 'errors.rate < 5%'], run)
  return { ...run, target, thresholds, witnesses: witnesses ? witnessesOf(run, requests, tokens) : [] }
}

function request(second: number, now: number, users: number, chance: () => number): Request {
  const crowd = now / users
  const stall = second % 97 === 60 ? 2200 : 0
  const noise = Math.exp((chance() + chance() + chance() - 1.5) * 1.1)
  const draw = chance()
  return {
    at: second * 1000 + chance() * 999,
    ttft: (120 + 520 * crowd ** 3) * noise + stall,
    interToken: 22 + 24 * crowd * noise,
    tokens: Math.max(2, Math.round(180 * noise)),
    delay: chance() < 0.02 ? 40 * chance() : 0.2 * chance(),
    outcome: draw < 0.02 ? 'failed' : draw < 0.06 ? 'abandoned' : 'succeeded',
  }
}

function intervalOf(second: number, users: number, requests: readonly Request[]): Interval {
  const answered = requests.filter(({ outcome }) => outcome !== 'failed')
  const gaps = answered.flatMap(({ interToken, ttft }) => [
    interToken,
    interToken * 1.04,
    interToken * 0.97,
    ttft / 12,
  ])
  const outcomes = (wanted: Request['outcome']) => requests.filter(({ outcome }) => outcome === wanted).length
  return anInterval({
    atMs: second * 1000,
    users,
    active: Math.round(requests.length * 4.4),
    started: requests.length,
    succeeded: outcomes('succeeded'),
    failed: outcomes('failed'),
    abandoned: outcomes('abandoned'),
    pieces: answered.reduce((sum, { tokens }) => sum + tokens, 0),
    tokens: answered.reduce((sum, { tokens }) => sum + tokens, 0),
    ttft: answered.length === 0 ? null : histogram(answered.map(({ ttft }) => ttft)),
    gap: gaps.length === 0 ? null : histogram(gaps),
  })
}

function tallyOf(requests: readonly Request[]): Tally {
  const answered = requests.filter(({ outcome }) => outcome !== 'failed')
  const succeeded = answered.filter(({ outcome }) => outcome === 'succeeded')
  const tokens = (of: readonly Request[]) => of.reduce((sum, request) => sum + request.tokens, 0)
  const good = succeeded.filter(
    ({ ttft, interToken }) => ttft <= SLO.ttftMs && interToken <= SLO.interTokenMs,
  )
  const failed = requests.length - answered.length
  const e2e = ({ ttft, interToken, tokens: size }: Request) => ttft + interToken * (size - 1)
  return aTally({
    started: requests.length,
    succeeded: succeeded.length,
    failed,
    abandoned: answered.length - succeeded.length,
    promptTokens: PROMPT * answered.length,
    completionTokens: tokens(answered),
    succeededPromptTokens: PROMPT * succeeded.length,
    succeededCompletionTokens: tokens(succeeded),
    wastedTokens: answered.length - succeeded.length,
    goodRequests: good.length,
    goodTokens: tokens(good),
    errors:
      failed === 0
        ? []
        : [
            {
              code: 'UPSTREAM_BROKE_OFF',
              count: Math.ceil(failed / 2),
              example: 'The model server broke off the answer',
            },
            {
              code: 'QUEUE_FULL',
              count: Math.floor(failed / 2),
              example: 'Too many answers wait: <script>alert("no")</script>',
            },
          ].filter(({ count }) => count > 0),
    latencies: aLatencies({
      ttft: histogram(answered.map(({ ttft }) => ttft)),
      ttftFromIntended: histogram(answered.map(({ ttft, delay }) => ttft + delay)),
      interToken: histogram(answered.map(({ interToken }) => interToken)),
      gap: histogram(answered.flatMap(({ interToken }) => [interToken, interToken * 1.1])),
      e2e: histogram(answered.map(e2e)),
      e2eFromIntended: histogram(answered.map((one) => e2e(one) + one.delay)),
      startDelay: histogram(requests.map(({ delay }) => delay)),
    }),
  })
}

function witnessesOf(run: Run, requests: readonly Request[], tokens: readonly number[]): Run['witnesses'] {
  const answered = requests.filter(({ outcome }) => outcome !== 'failed')
  const finished = answered.filter(({ outcome }) => outcome === 'succeeded')
  const seconds = (edges: readonly number[], from: readonly Request[], ms: (one: Request) => number) =>
    bucketSamples(
      from.map((one) => ms(one) / 1000),
      edges,
    )
  const e2e = (one: Request) => one.ttft + one.interToken * (one.tokens - 1)
  const sums = {
    prompt: PROMPT * answered.length,
    completion: answered.reduce((sum, one) => sum + one.tokens, 0),
    finished: finished.length,
    cancelled: answered.length - finished.length,
    failed: Math.ceil((requests.length - answered.length) / 2),
    rejected: Math.floor((requests.length - answered.length) / 2),
  }
  const vllm = VLLM_EDGES['vllm:time_to_first_token_seconds']
  return [
    sampleServer('api', run, sums, {
      chat_first_token_latency_seconds: seconds(FIRST_TOKEN_EDGES, answered, ({ ttft }) => ttft - 3),
      chat_upstream_first_token_latency_seconds: seconds(
        FIRST_TOKEN_EDGES,
        answered,
        ({ ttft }) => ttft * 0.9 - 4,
      ),
      chat_queue_wait_seconds: seconds(FIRST_TOKEN_EDGES, answered, ({ ttft }) => ttft * 0.1),
      chat_e2e_latency_seconds: seconds(E2E_EDGES, answered, e2e),
      chat_inter_token_latency_seconds: seconds(INTER_TOKEN_EDGES, answered, ({ interToken }) => interToken),
    }),
    sampleServer('vllm', run, sums, {
      'vllm:time_to_first_token_seconds': seconds(vllm, answered, ({ ttft }) => ttft * 0.85 - 6),
      'vllm:request_queue_time_seconds': seconds(E2E_EDGES, finished, ({ ttft }) => ttft * 0.4),
      'vllm:request_prefill_time_seconds': seconds(E2E_EDGES, finished, ({ ttft }) => ttft * 0.4),
      'vllm:e2e_request_latency_seconds': seconds(E2E_EDGES, finished, e2e),
      'vllm:request_time_per_output_token_seconds': seconds(
        INTER_TOKEN_EDGES,
        finished,
        ({ interToken }) => interToken,
      ),
    }),
    sampleDcgm(run, tokens),
  ]
}

function histogram(ms: readonly number[]): string {
  const all = new LatencyHistogram()
  for (const time of ms) all.record(time)
  return all.encode()
}

/** Mulberry32, a small seeded generator of uniform numbers. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
