import {
  histogramDeltas,
  histogramOf,
  parseExposition,
  type Exposition,
  type Family,
} from '@slicechat/metrics'
import { expect, test } from 'vitest'
import { recorded } from './recorded.ts'
import { readStream } from './stream-reading.ts'
import { chat, scrape, scrapeUntil, type Target } from './target.ts'

const REQUESTS = 6
const TOKENS = 10

/** What is observed once for every finished request. */
const PER_REQUEST = [
  'e2e_request_latency_seconds',
  'request_queue_time_seconds',
  'request_inference_time_seconds',
  'request_prefill_time_seconds',
  'request_decode_time_seconds',
  'request_prompt_tokens',
  'request_generation_tokens',
  'request_max_num_generation_tokens',
  'request_params_n',
  'request_params_max_tokens',
  'request_time_per_output_token_seconds',
  'request_num_preemptions',
  'request_prefill_kv_computed_tokens',
].map((name) => `vllm:${name}`)

const total = (page: Exposition, name: string, labels = {}) =>
  page.samples(name, labels).reduce((sum, sample) => sum + sample.value, 0)
const countOf = (page: Exposition, name: string) => histogramOf(page, name)?.count ?? NaN
const isIdle = (page: Exposition) =>
  total(page, 'vllm:num_requests_running') === 0 && total(page, 'vllm:num_requests_waiting') === 0

/** The page of metrics, and what a known load does to it. */
export function metricsContract(target: () => Target): void {
  test('every vllm metric has the recorded name, help, type, labels and buckets', async () => {
    const mine = (await scrape(target())).families.filter(({ name }) => name.startsWith('vllm:'))
    const theirs = parseExposition(recorded('metrics-after-abort.prom')).families
    // Sizes have buckets up to the length of the context.
    const outline = (family: Family) => outlineOf(family, target().maxModelLen === 4096)
    const wanted = theirs.filter(({ name }) => name.startsWith('vllm:')).map(outline)
    expect(mine.map(outline)).toEqual(wanted)
  })

  test(`${REQUESTS} answers of ${TOKENS} tokens add exactly that`, async ({ skip }) => {
    if (!target().exclusive) skip('others use this server')
    const before = await scrapeUntil(target(), isIdle)
    const options = { stream: true, stream_options: { include_usage: true }, ignore_eos: true }
    const size = { max_tokens: TOKENS, min_tokens: TOKENS }
    const one = async () => readStream(await chat(target(), { ...options, ...size }))
    const reads = await Promise.all(Array.from({ length: REQUESTS }, one))
    const prompt = reads.reduce((sum, read) => sum + (read.usage?.prompt_tokens ?? 0), 0)
    // The page is written by another process than the one that answers: it may be a moment behind.
    const wanted = total(before, 'vllm:generation_tokens_total') + REQUESTS * TOKENS
    const after = await scrapeUntil(
      target(),
      (page) => isIdle(page) && total(page, 'vllm:generation_tokens_total') >= wanted,
    )
    const added = (name: string, labels = {}) => total(after, name, labels) - total(before, name, labels)
    expect(added('vllm:generation_tokens_total')).toBe(REQUESTS * TOKENS)
    expect(added('vllm:prompt_tokens_total')).toBe(prompt)
    expect(added('vllm:request_success_total', { finished_reason: 'length' })).toBe(REQUESTS)
    expect(added('vllm:request_success_total')).toBe(REQUESTS)
    for (const name of [...PER_REQUEST, 'vllm:time_to_first_token_seconds'])
      expect([name, countOf(after, name) - countOf(before, name)]).toEqual([name, REQUESTS])
    const gaps = 'vllm:inter_token_latency_seconds'
    expect(countOf(after, gaps) - countOf(before, gaps)).toBe(REQUESTS * (TOKENS - 1))
    const sizes = histogramDeltas(before, after, 'vllm:request_generation_tokens')[0]?.value.delta
    expect(sizes?.sum).toBe(REQUESTS * TOKENS)
  })

  test('an abort is counted in tokens and first tokens, and nowhere per request', async ({ skip }) => {
    if (!target().exclusive) skip('others use this server')
    const before = await scrapeUntil(target(), isIdle)
    const abort = new AbortController()
    const options = { stream: true, ignore_eos: true, max_tokens: 2000 }
    const response = await chat(target(), options, { signal: abort.signal })
    const reader = response.body?.getReader()
    for (let seen = 0; seen < 2000;) seen += (await reader?.read())?.value?.length ?? 2000
    abort.abort()
    const first = 'vllm:time_to_first_token_seconds'
    const after = await scrapeUntil(
      target(),
      (page) => isIdle(page) && countOf(page, first) > countOf(before, first),
    )
    expect(countOf(after, first) - countOf(before, first)).toBe(1)
    const tokens =
      total(after, 'vllm:generation_tokens_total') - total(before, 'vllm:generation_tokens_total')
    expect(tokens).toBeGreaterThan(1)
    expect(tokens).toBeLessThan(2000)
    expect(total(after, 'vllm:request_success_total')).toBe(total(before, 'vllm:request_success_total'))
    for (const name of PER_REQUEST)
      expect([name, countOf(after, name)]).toEqual([name, countOf(before, name)])
    expect(total(after, 'vllm:kv_cache_usage_perc')).toBe(0)
  })

  test('a running request is seen running, and holds cache', async ({ skip }) => {
    if (!target().exclusive) skip('others use this server')
    const abort = new AbortController()
    await chat(target(), { stream: true, ignore_eos: true, max_tokens: 2000 }, { signal: abort.signal })
    const page = await scrapeUntil(target(), (seen) => total(seen, 'vllm:num_requests_running') === 1)
    expect(total(page, 'vllm:num_requests_waiting')).toBe(0)
    abort.abort()
    await scrapeUntil(target(), isIdle)
  })
}

/** A family without its values; of labels that name the model or size the cache only that they are there. */
function outlineOf({ name, type, help, samples }: Family, withSizes: boolean) {
  const labels = (of: Readonly<Record<string, string>>) =>
    Object.entries(of).map(([label, text]) =>
      label === 'model_name' || name === 'vllm:cache_config_info' ? label : `${label}=${text}`,
    )
  const sized = /(prompt_tokens|generation_tokens|max_tokens|computed_tokens)(_created)?$/.test(name)
  const series =
    sized && !withSizes ? [] : samples.map((sample) => `${sample.name} ${labels(sample.labels).join(' ')}`)
  return { name, type, help, series }
}
