import { beforeEach, describe, expect, test } from 'vitest'
import { register } from 'prom-client'
import { CHAT_METRICS } from './chat-metric-definitions.ts'
import type { ChatMetrics } from './chat-metrics.ts'
import { createChatMetrics } from './chat-metrics.ts'
import { counterDeltas } from './page-difference.ts'
import { histogramOf, histogramsOf } from './histogram-series.ts'
import { parseExposition } from './parser.ts'

const timings = {
  queuedMs: 12,
  upstreamTtftMs: 180,
  ttftMs: 200,
  e2eMs: 2200,
  interTokenMsMean: 20,
  tokensPerSecond: 50,
  longestGapMs: 90,
}
const usage = { promptTokens: 40, completionTokens: 101 }

let metrics: ChatMetrics
beforeEach(() => {
  metrics = createChatMetrics({ defaultMetrics: false })
  metrics.setModels(['qwen'])
})

const read = async () => parseExposition(await metrics.text())

/** The catalogue keys of the histograms that hold exactly one sample of the model `qwen`. */
async function observed() {
  const page = await read()
  const histograms = Object.entries(CHAT_METRICS).filter(([, { type }]) => type === 'histogram')
  return histograms
    .filter(([, { name }]) => histogramOf(page, name, { model: 'qwen' })?.count === 1)
    .map(([key]) => key)
}

describe('a generation that ended', () => {
  test('success: everything that is known', async () => {
    metrics.countGeneration({ door: 'trpc', model: 'qwen', status: 'success', timings, usage })
    const page = await read()
    expect(page.sum('chat_requests_total', { model: 'qwen', status: 'success' })).toBe(1)
    expect(page.sum('chat_tokens_total', { model: 'qwen', kind: 'prompt' })).toBe(40)
    expect(page.sum('chat_tokens_total', { model: 'qwen', kind: 'completion' })).toBe(101)
    const sums = Object.values(CHAT_METRICS)
      .filter(({ type }) => type === 'histogram')
      .map(({ name }) => [name, histogramOf(page, name)?.sum])
    expect(Object.fromEntries(sums)).toEqual({
      chat_first_token_latency_seconds: 0.2,
      chat_e2e_latency_seconds: 2.2,
      chat_inter_token_latency_seconds: 0.02,
      chat_queue_wait_seconds: 0.012,
      chat_upstream_first_token_latency_seconds: 0.18,
      chat_client_first_token_latency_seconds: 0,
      chat_client_inter_token_latency_seconds: 0,
      chat_prompt_tokens: 40,
      chat_completion_tokens: 101,
    })
  })

  test.each(['error', 'cancelled'] as const)(
    '%s: tokens, TTFT and queue wait, nothing of the whole',
    async (status) => {
      metrics.countGeneration({ door: 'trpc', model: 'qwen', status, timings, usage })
      const page = await read()
      expect(page.sum('chat_requests_total', { model: 'qwen', status })).toBe(1)
      expect(page.sum('chat_tokens_total', { model: 'qwen' })).toBe(141)
      expect(await observed()).toEqual(['firstToken', 'queueWait', 'upstreamFirstToken'])
    },
  )

  test('rejected: the request only', async () => {
    metrics.countGeneration({ door: 'trpc', model: 'qwen', status: 'rejected', timings, usage })
    const page = await read()
    expect(page.sum('chat_requests_total', { model: 'qwen', status: 'rejected' })).toBe(1)
    expect(page.sum('chat_tokens_total')).toBe(0)
    expect(await observed()).toEqual([])
  })

  test('what is null or missing is not observed', async () => {
    metrics.countGeneration({
      door: 'trpc',
      model: 'qwen',
      status: 'success',
      timings: { ...timings, ttftMs: null, interTokenMsMean: null },
    })
    expect(await observed()).toEqual(['e2e', 'queueWait', 'upstreamFirstToken'])
    metrics.countGeneration({ door: 'trpc', model: 'qwen', status: 'success' })
    expect((await read()).sum('chat_requests_total')).toBe(2)
  })

  test('numbers that are none spoil nothing', async () => {
    metrics.countGeneration({
      door: 'trpc',
      model: 'qwen',
      status: 'success',
      timings: { ...timings, ttftMs: NaN, e2eMs: Infinity },
      usage: { promptTokens: -1, completionTokens: NaN },
    })
    const page = await read()
    expect(page.sum('chat_requests_total', { status: 'success' })).toBe(1)
    expect(page.sum('chat_tokens_total')).toBe(0)
    expect(await observed()).not.toContain('e2e')
  })
})

describe('models', () => {
  test('a listed model’s series are there at 0 before anything happened', async () => {
    const page = await read()
    const requests = page
      .samples('chat_requests_total')
      .map(({ labels, value }) => [labels['status'], labels['door'], value])
    const statuses = ['success', 'error', 'cancelled', 'rejected']
    const doors = ['trpc', 'openai']
    expect(requests).toEqual(statuses.flatMap((status) => doors.map((door) => [status, door, 0])))
    const kinds = page.samples('chat_tokens_total').map(({ labels, value }) => [labels['kind'], value])
    expect(kinds).toEqual([
      ['prompt', 0],
      ['completion', 0],
    ])
    expect(histogramsOf(page, 'chat_e2e_latency_seconds')).toMatchObject([
      { labels: { model: 'qwen' }, value: { count: 0 } },
    ])
  })

  test('the first event shows as a delta', async () => {
    const before = await read()
    metrics.countGeneration({ door: 'trpc', model: 'qwen', status: 'error' })
    expect(counterDeltas(before, await read(), 'chat_requests_total', { status: 'error' })).toEqual([
      { labels: { model: 'qwen', status: 'error', door: 'trpc' }, value: { delta: 1, reset: false } },
      { labels: { model: 'qwen', status: 'error', door: 'openai' }, value: { delta: 0, reset: false } },
    ])
  })

  test('one that the server does not list is other', async () => {
    metrics.countGeneration({ door: 'trpc', model: 'made-up', status: 'success', timings, usage })
    metrics.countGeneration({ door: 'trpc', model: 'another', status: 'rejected' })
    metrics.observeClientReport({ model: 'made-up', ttftMs: 1, interTokenMsMean: 1 })
    const page = await read()
    const models = new Set(
      page.families.flatMap((family) => family.samples.map(({ labels }) => labels['model'])),
    )
    expect(models).toEqual(new Set(['qwen', 'other', undefined]))
    expect(page.sum('chat_requests_total', { model: 'other' })).toBe(2)
  })

  test('listing again resets nothing, and a model no longer listed keeps its name', async () => {
    metrics.countGeneration({ door: 'trpc', model: 'qwen', status: 'success', timings, usage })
    metrics.countGeneration({ door: 'trpc', model: 'gone', status: 'success', timings, usage })
    metrics.setModels(['qwen', 'llama', 'other'])
    metrics.setModels([])
    metrics.countGeneration({ door: 'trpc', model: 'qwen', status: 'success', timings, usage })
    const page = await read()
    expect(page.sum('chat_requests_total', { model: 'qwen' })).toBe(2)
    expect(histogramOf(page, 'chat_e2e_latency_seconds', { model: 'qwen' })?.count).toBe(2)
    expect(histogramOf(page, 'chat_e2e_latency_seconds', { model: 'other' })?.count).toBe(1)
    expect(page.sum('chat_requests_total', { model: 'llama' })).toBe(0)
  })
})

describe('what readers’ browsers report', () => {
  const reported = async () => {
    const page = await read()
    return [
      histogramOf(page, 'chat_client_first_token_latency_seconds'),
      histogramOf(page, 'chat_client_inter_token_latency_seconds'),
    ]
  }

  test('is observed in seconds; null is not', async () => {
    metrics.observeClientReport({ model: 'qwen', ttftMs: 250, interTokenMsMean: null })
    expect(await reported()).toMatchObject([{ count: 1, sum: 0.25 }, { count: 0 }])
  })

  test('of an answer that came in one burst has no time between tokens', async () => {
    metrics.observeClientReport({ model: 'qwen', ttftMs: 250, interTokenMsMean: 0 })
    metrics.observeClientReport({ model: 'qwen', ttftMs: 250, interTokenMsMean: 0.0036 })
    expect(await reported()).toMatchObject([{ count: 2 }, { count: 0 }])
  })

  test('is clamped', async () => {
    metrics.observeClientReport({ model: 'qwen', ttftMs: 1e15, interTokenMsMean: 1e15 })
    expect(await reported()).toMatchObject([{ sum: 600 }, { sum: 60 }])
    metrics.observeClientReport({ model: 'qwen', ttftMs: -5, interTokenMsMean: NaN })
    expect(await reported()).toMatchObject([
      { count: 2, sum: 600 },
      { count: 1, sum: 60 },
    ])
  })
})

describe('gauges and counters of the API itself', () => {
  test('levels, steps, resumes, upstream', async () => {
    expect((await read()).sum('chat_upstream_up')).toBe(0)
    metrics.active.set(3)
    metrics.queued.set(2)
    metrics.subscribers.inc()
    metrics.subscribers.inc()
    metrics.subscribers.dec()
    metrics.resumed()
    metrics.upstreamUp(true)
    const page = await read()
    expect(page.sum('chat_active_generations')).toBe(3)
    expect(page.sum('chat_queued_generations')).toBe(2)
    expect(page.sum('chat_stream_subscribers')).toBe(1)
    expect(page.sum('chat_stream_resumes_total')).toBe(1)
    expect(page.sum('chat_upstream_up')).toBe(1)
    metrics.upstreamUp(false)
    expect((await read()).sum('chat_upstream_up')).toBe(0)
  })

  test('error codes are those of a table; the label cannot be flooded', async () => {
    metrics.upstreamError('UPSTREAM_TIMEOUT')
    metrics.upstreamError('connect ECONNREFUSED 10.0.0.7:8000')
    for (let i = 0; i < 100; i++) metrics.upstreamError(`CODE_${i}`)
    const page = await read()
    expect(page.sum('chat_upstream_errors_total', { code: 'UPSTREAM_TIMEOUT' })).toBe(1)
    expect(page.sum('chat_upstream_errors_total')).toBe(102)
    expect(page.samples('chat_upstream_errors_total')).toHaveLength(32)
  })
})

describe('the page', () => {
  test('is a page of the text format, with exactly the catalogue', async () => {
    expect(metrics.contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
    const page = await read()
    const told = page.families.map(({ name, type, help }) => ({ name, type, help }))
    expect(told).toEqual(Object.values(CHAT_METRICS).map(({ name, type, help }) => ({ name, type, help })))
  })

  test('keeps a model’s id whatever is in it', async () => {
    const model = 'org/qwen "3B"\\v1\n'
    metrics.setModels([model])
    metrics.countGeneration({ door: 'trpc', model, status: 'success', timings, usage })
    const page = await read()
    expect(page.sum('chat_requests_total', { model, status: 'success' })).toBe(1)
    expect(histogramOf(page, 'chat_e2e_latency_seconds', { model })?.count).toBe(1)
  })

  test('carries the process’s own metrics too, each registry its own', async () => {
    const [one, two] = [createChatMetrics(), createChatMetrics()]
    one.resumed()
    const page = parseExposition(await one.text())
    expect(page.sum('process_start_time_seconds')).toBeGreaterThan(1e9)
    expect(page.family('nodejs_eventloop_lag_seconds')?.type).toBe('gauge')
    expect(parseExposition(await two.text()).sum('chat_stream_resumes_total')).toBe(0)
    expect(register.getMetricsAsArray()).toEqual([])
  })
})
