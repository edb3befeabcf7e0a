import { CHAT_METRICS } from '@slicechat/metrics/reading'
import fc from 'fast-check'
import type { Run } from '../schema/run.ts'
import type { Witness } from '../schema/witness.ts'
import { aRun, aTally, aWitness } from './parts.ts'

/** How one request went for each party that counts it. */
export interface Fate {
  /** `succeeded`, `abandoned`, `unfinished`, or the code of the error. */
  client: string
  api: 'success' | 'error' | 'cancelled' | 'rejected' | null
  /** `aborted`: even if it never got a first token there; `null`: it never arrived there. */
  engine: 'finished' | 'aborted' | null
  prompt: number
  /** Tokens that the engine made, and tokens that the API read; the API tells the client unless `untold`. */
  made: number
  read: number
  untold: boolean
  /** The tokens had no text: the API counts an error (an older one a success), and no first token. */
  empty?: boolean
  /** The server reports no usage: neither the API nor the client has sizes. */
  noUsage?: boolean
}

const size = fc.integer({ min: 1, max: 300 })
const fate = (of: Partial<Fate>, draw: { prompt: number; made: number; read: number }): Fate => ({
  client: 'succeeded',
  api: 'success',
  engine: 'finished',
  prompt: draw.prompt,
  made: draw.made,
  read: draw.made,
  untold: false,
  ...of,
})

/** Everything that can happen to a request, with arbitrary sizes. */
export const anyFate: fc.Arbitrary<Fate> = fc
  .record({ prompt: size, made: size, read: size, kind: fc.nat({ max: 20 }) })
  .map(({ kind, ...draw }) => {
    const read = Math.min(draw.made, draw.read)
    const codes = { busy: 'UPSTREAM_BUSY', broke: 'UPSTREAM_BROKE_OFF' }
    const away = { engine: null, made: 0, read: 0, untold: true }
    switch (kind) {
      case 0: // stopped in mid-answer, and told
        return fate({ client: 'abandoned', api: 'cancelled', engine: 'aborted', read }, draw)
      case 1: // the user left; the API gave up later
        return fate({ client: 'abandoned', api: 'cancelled', engine: 'aborted', read, untold: true }, draw)
      case 2: // the user left; the answer ended all the same
        return fate({ client: 'abandoned', untold: true }, draw)
      case 3: // the stop came when the engine had just finished
        return fate({ client: 'abandoned', api: 'cancelled', read }, draw)
      case 4: // stopped before its first token
        return fate(
          { client: 'abandoned', api: 'cancelled', engine: 'aborted', made: 0, read: 0, untold: true },
          draw,
        )
      case 5: // turned away by the engine
        return fate({ client: codes.busy, api: 'error', ...away }, draw)
      case 6: // broke off in mid-answer
        return fate({ client: codes.broke, api: 'error', engine: 'aborted', read }, draw)
      case 7: // the API's queue was full
        return fate({ client: 'QUEUE_FULL', api: 'rejected', ...away }, draw)
      case 8: // refused before there was a generation
        return fate({ client: 'UNAUTHENTICATED', api: null, ...away }, draw)
      case 9: // still under way when the run was cut short, and stopped then
        return fate({ client: 'unfinished', api: 'cancelled', engine: 'aborted', read, untold: true }, draw)
      case 10: // the connection broke, and the answer ended without its reader
        return fate({ client: 'CONNECTION_LOST', untold: true }, draw)
      case 11: // the connection broke before the API had the request
        return fate({ client: 'CONNECTION_LOST', api: null, ...away }, draw)
      case 12: // an answer without text, such as tool calls
        return fate({ client: 'EMPTY', api: 'error', empty: true }, draw)
      case 13: // the same with an older API, which counts a success
        return fate({ client: 'EMPTY', empty: true }, draw)
      case 14: // a server without usage
        return fate({ untold: true, noUsage: true }, draw)
      case 15: // turned away by a budget of the API
        return fate({ client: 'RATE_LIMITED', api: 'rejected', ...away }, draw)
      case 16: // turned away by the engine's rate limit, with the same code
        return fate({ client: 'RATE_LIMITED', api: 'error', ...away }, draw)
      default:
        return fate({}, draw)
    }
  })

const sum = <T>(of: readonly T[], value: (one: T) => number): number =>
  of.reduce((total, one) => total + value(one), 0)
const count = <T>(of: readonly T[], holds: (one: T) => boolean): number => of.filter(holds).length
const histogram = (name: string, values: readonly number[], labels = {}): Witness['histograms'][number] => ({
  name,
  labels,
  edges: [],
  counts: [values.length],
  sum: sum(values, (value) => value),
})

/** The run, the API's page and vLLM's page of a world in which these things happened, and every count is right. */
export function worldOf(fates: readonly Fate[], engineOnly = false): Run {
  const outcomes = new Set(['succeeded', 'abandoned', 'unfinished'])
  const failures = fates.filter(({ client }) => !outcomes.has(client))
  const succeeded = fates.filter(({ client }) => client === 'succeeded')
  const told = fates.filter(({ untold }) => !untold)
  const whole = aTally({
    started: fates.length,
    succeeded: succeeded.length,
    abandoned: count(fates, ({ client }) => client === 'abandoned'),
    unfinished: count(fates, ({ client }) => client === 'unfinished'),
    failed: failures.length,
    errors: [...Map.groupBy(failures, ({ client }) => client)].map(([code, same]) => ({
      code,
      count: same.length,
      example: code,
    })),
    untold: fates.length - told.length,
    succeededUntold: count(succeeded, ({ untold }) => untold),
    succeededUntoldPrompts: count(succeeded, ({ untold }) => untold),
    promptTokens: sum(told, ({ prompt }) => prompt),
    completionTokens: sum(told, ({ read }) => read),
    succeededPromptTokens: sum(succeeded, ({ prompt, untold }) => (untold ? 0 : prompt)),
    succeededCompletionTokens: sum(succeeded, ({ read, untold }) => (untold ? 0 : read)),
  })
  const run = aRun({ whole })
  return {
    ...run,
    target: { ...run.target, kind: engineOnly ? 'openai' : 'api' },
    witnesses: [...(engineOnly ? [] : [apiPage(fates)]), enginePage(fates)],
  }
}

function apiPage(fates: readonly Fate[]): Witness {
  const whole = fates.filter(({ api, noUsage }) => api === 'success' && noUsage !== true)
  const began = fates.filter(({ api, read }) => api !== null && read > 0)
  const withUsage = began.filter(({ noUsage }) => noUsage !== true)
  const requests = ['success', 'error', 'cancelled', 'rejected'].map((status) => ({
    name: CHAT_METRICS.requests.name,
    labels: { model: 'm', status },
    delta: count(fates, ({ api }) => api === status),
  }))
  const tokens = (kind: string, delta: number) => ({
    name: CHAT_METRICS.tokens.name,
    labels: { model: 'm', kind },
    delta,
  })
  return aWitness({
    kind: 'api',
    growth: [
      ...requests,
      tokens(
        'prompt',
        sum(withUsage, ({ prompt }) => prompt),
      ),
      tokens(
        'completion',
        sum(withUsage, ({ read }) => read),
      ),
      {
        name: CHAT_METRICS.upstreamErrors.name,
        labels: { code: 'EMPTY' },
        delta: count(fates, ({ empty, api }) => empty === true && api === 'error'),
      },
      {
        name: CHAT_METRICS.upstreamErrors.name,
        labels: { code: 'RATE_LIMITED' },
        delta: count(fates, ({ client, api }) => client === 'RATE_LIMITED' && api === 'error'),
      },
    ],
    histograms: [
      histogram(
        CHAT_METRICS.promptTokens.name,
        whole.map(({ prompt }) => prompt),
      ),
      histogram(
        CHAT_METRICS.completionTokens.name,
        whole.map(({ read }) => read),
      ),
      histogram(
        CHAT_METRICS.firstToken.name,
        began.filter(({ empty }) => empty !== true).map(() => 0.1),
      ),
      histogram(
        CHAT_METRICS.queueWait.name,
        fates.filter(({ api }) => api !== null && api !== 'rejected').map(() => 0.01),
      ),
    ],
  })
}

function enginePage(fates: readonly Fate[]): Witness {
  const whole = fates.filter(({ engine }) => engine === 'finished')
  const began = fates.filter(({ engine, made }) => engine !== null && made > 0)
  const labels = { engine: '0', model_name: 'm' }
  const reasons = ['stop', 'length', 'abort', 'error'].map((reason, index) => ({
    name: 'vllm:request_success_total',
    labels: { ...labels, finished_reason: reason },
    delta: index > 1 ? 0 : count(whole, ({ made }) => made % 2 === index),
  }))
  return aWitness({
    kind: 'vllm',
    growth: [
      ...reasons,
      { name: 'vllm:prompt_tokens_total', labels, delta: sum(began, ({ prompt }) => prompt) },
      { name: 'vllm:generation_tokens_total', labels, delta: sum(began, ({ made }) => made) },
    ],
    histograms: [
      histogram(
        'vllm:request_prompt_tokens',
        whole.map(({ prompt }) => prompt),
        labels,
      ),
      histogram(
        'vllm:request_generation_tokens',
        whole.map(({ made }) => made),
        labels,
      ),
      histogram(
        'vllm:time_to_first_token_seconds',
        began.map(() => 0.1),
        labels,
      ),
    ],
  })
}

/** The same run with one counter of a witness changed, as by a fault. */
export function withCount(run: Run, name: string, label: string | null, change: number): Run {
  return {
    ...run,
    witnesses: run.witnesses.map((witness) => ({
      ...witness,
      growth: witness.growth.map((one) =>
        one.name === name && (label === null || Object.values(one.labels).includes(label))
          ? { ...one, delta: one.delta + change }
          : one,
      ),
    })),
  }
}
