import { bucketSamples, CHAT_METRICS, TOKEN_EDGES } from '@slicechat/metrics/reading'
import type { Run } from '../schema/run.ts'
import type { Witness } from '../schema/witness.ts'
import type { Happening, History, Lived, Windows } from './arbitrary-history.ts'
import { isOwn, lived, tokensBy } from './arbitrary-history.ts'
import { aRun, aTally, aWitness } from './parts.ts'

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** The run, with the pages of API and vLLM, all counted correctly. */
export function witnessed({ happenings, windows }: History): Run {
  const run = aRun({ whole: tallyOf(happenings.filter(isOwn).map((one) => ({ ...one, ...lived(one) }))) })
  return { ...run, witnesses: [apiPage(happenings, windows), enginePage(happenings, windows)] }
}

function tallyOf(all: readonly (Happening & Lived)[]): Run['whole'] {
  const outcomes: readonly string[] = ['succeeded', 'abandoned', 'unfinished']
  const count = (outcome: string): number => all.filter(({ client }) => client === outcome).length
  const failures = Map.groupBy(
    all.filter(({ client }) => !outcomes.includes(client)),
    ({ client }) => client,
  )
  const told = all.filter((one) => one.told)
  const succeeded = all.filter(({ client }) => client === 'succeeded')
  return aTally({
    started: all.length,
    succeeded: succeeded.length,
    abandoned: count('abandoned'),
    unfinished: count('unfinished'),
    failed: sum([...failures.values()].map(({ length }) => length)),
    errors: [...failures].map(([code, same]) => ({ code, count: same.length, example: code })),
    untold: all.length - told.length,
    promptTokens: sum(told.map(({ prompt }) => prompt)),
    completionTokens: sum(told.map(({ read }) => read)),
    succeededPromptTokens: sum(succeeded.map(({ prompt }) => prompt)),
    succeededCompletionTokens: sum(succeeded.map(({ read }) => read)),
  })
}

const histogram = (name: string, samples: readonly number[], edges: readonly number[]) => {
  const { counts, sum } = bucketSamples(samples, edges)
  return { name, labels: {}, edges: [...edges], counts: [...counts], sum }
}
const flat = (name: string, count: number) => ({ name, labels: {}, edges: [], counts: [count], sum: count })
const gauge = (name: string, begin: number, end: number): Witness['over'][number] => ({
  name,
  labels: {},
  type: 'gauge' as const,
  points: [
    [-500, begin],
    [60_500, end],
  ],
})

function apiPage(happenings: readonly Happening[], { first, last }: Windows): Witness {
  const all = happenings
    .filter(({ of }) => of !== 'foreign at the engine')
    .map((one) => ({ ...one, ...lived(one) }))
  const within = all.filter(({ apiEnd }) => apiEnd > first.api && apiEnd <= last.api)
  const read = within.filter((one) => one.read > 0)
  const whole = within.filter(({ api }) => api === 'success')
  const active = (at: number): number => all.filter((one) => one.begin <= at && one.apiEnd > at).length
  const tokens = (kind: string, delta: number) => ({
    name: CHAT_METRICS.tokens.name,
    labels: { kind },
    delta,
  })
  return aWitness({
    kind: 'api',
    growth: [
      ...['success', 'error', 'cancelled', 'rejected'].map((status) => ({
        name: CHAT_METRICS.requests.name,
        labels: { status },
        delta: within.filter(({ api }) => api === status).length,
      })),
      tokens('prompt', sum(read.map(({ prompt }) => prompt))),
      tokens('completion', sum(read.map((one) => one.read))),
    ],
    histograms: [
      histogram(
        CHAT_METRICS.promptTokens.name,
        whole.map(({ prompt }) => prompt),
        TOKEN_EDGES,
      ),
      histogram(
        CHAT_METRICS.completionTokens.name,
        whole.map((one) => one.read),
        TOKEN_EDGES,
      ),
      flat(CHAT_METRICS.firstToken.name, read.filter((one) => one.read > one.silent).length),
      flat(CHAT_METRICS.queueWait.name, within.filter(({ api }) => api !== 'rejected').length),
    ],
    over: [gauge(CHAT_METRICS.active.name, active(first.api), active(last.api))],
  })
}

const ENGINE_EDGES = TOKEN_EDGES.filter((edge) => edge <= 200)

function enginePage(happenings: readonly Happening[], { first, last }: Windows): Witness {
  const all = happenings
    .map((one) => ({ ...one, ...lived(one) }))
    .filter(({ engine }) => engine !== 'never came')
  const inWindow = (time: number): boolean => time > first.vllm && time <= last.vllm
  const made = all.map((one) => tokensBy(one, one.engineEnd).filter(inWindow).length)
  const begun = all.filter((one) => one.made > 0 && inWindow(one.firstAt))
  const ended = all.filter(({ engine, engineEnd }) => engine !== 'aborted' && inWindow(engineEnd))
  const failed = ended.filter(({ engine }) => engine === 'failed').length
  const active = (at: number): number =>
    all.filter((one) => one.engineBegin <= at && one.engineEnd > at).length
  const success = (reason: string, delta: number) => ({
    name: 'vllm:request_success_total',
    labels: { finished_reason: reason },
    delta,
  })
  return aWitness({
    kind: 'vllm',
    growth: [
      ...[success('stop', ended.length - failed), success('error', failed), success('abort', 0)],
      { name: 'vllm:prompt_tokens_total', labels: {}, delta: sum(begun.map(({ prompt }) => prompt)) },
      { name: 'vllm:generation_tokens_total', labels: {}, delta: sum(made) },
    ],
    histograms: [
      histogram(
        'vllm:request_prompt_tokens',
        ended.map(({ prompt }) => prompt),
        ENGINE_EDGES,
      ),
      histogram(
        'vllm:request_generation_tokens',
        ended.map((one) => one.made),
        ENGINE_EDGES,
      ),
      flat('vllm:time_to_first_token_seconds', begun.length),
      // A failed request is an output without a token.
      flat('vllm:inter_token_latency_seconds', sum(made) - begun.length + failed),
    ],
    over: [gauge('vllm:num_requests_running', active(first.vllm), active(last.vllm))],
  })
}
