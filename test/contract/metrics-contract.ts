import { histogramDeltas, parseExposition, type Family } from '@slicechat/metrics/reading'
import { expect, test } from 'vitest'
import { addedBy, isIdle, total } from './counts.ts'
import { ConcurrentStreams } from './concurrent-streams.ts'
import { recorded } from './recorded.ts'
import { readStream } from './stream-reading.ts'
import { chat, scrape, scrapeUntil, type Target } from './target.ts'

const REQUESTS = 6
const TOKENS = 10
const ABORTED = 3

/** The metrics page, and how a known load changes it. */
export function metricsContract(target: () => Target): void {
  const exact = { stream: true, stream_options: { include_usage: true }, ignore_eos: true }
  const finish = async () => {
    const size = { max_tokens: TOKENS, min_tokens: TOKENS }
    const one = async () => readStream(await chat(target(), { ...exact, ...size }))
    const reads = await Promise.all(Array.from({ length: REQUESTS }, one))
    return reads.reduce((sum, read) => sum + (read.usage?.prompt_tokens ?? 0), 0)
  }
  /** Tokens looked up in the prefix cache: those of every prompt, if there is a cache. */
  const queried = (prompts: number) => (target().cacheBlockTokens === undefined ? 0 : prompts)
  const firstTokens = 'vllm:time_to_first_token_seconds'
  const generated = 'vllm:generation_tokens_total'

  test('every vllm metric has the recorded name, help, type, labels and buckets', async () => {
    const mine = (await scrape(target())).families.filter(({ name }) => name.startsWith('vllm:'))
    const theirs = parseExposition(recorded('metrics-after-abort.prom')).families
    // Histograms of sizes have buckets up to the context length.
    const outline = (family: Family) => outlineOf(family, target().maxModelLen === 4096)
    const wanted = theirs.filter(({ name }) => name.startsWith('vllm:')).map(outline)
    expect(mine.map(outline)).toEqual(wanted)
  })

  test(`${REQUESTS} answers of ${TOKENS} tokens add exactly that`, async ({ skip }) => {
    if (!target().exclusive) skip('others use this server')
    let prompt = 0
    const added = await addedBy(
      target(),
      async () => (prompt = await finish()),
      (soFar) => soFar.total(generated) >= REQUESTS * TOKENS,
    )
    expect(added.total(generated)).toBe(REQUESTS * TOKENS)
    expect(added.total('vllm:prompt_tokens_total')).toBe(prompt)
    expect(added.total('vllm:prefix_cache_queries_total')).toBe(queried(prompt))
    expect(added.total('vllm:request_success_total', { finished_reason: 'length' })).toBe(REQUESTS)
    expect(added.total('vllm:request_success_total')).toBe(REQUESTS)
    expect(added.otherThan(REQUESTS)).toEqual([])
    expect(added.count(firstTokens)).toBe(REQUESTS)
    expect(added.count('vllm:inter_token_latency_seconds')).toBe(REQUESTS * (TOKENS - 1))
    const { before, after } = added
    const sizes = histogramDeltas(before, after, 'vllm:request_generation_tokens')[0]?.value.delta
    expect(sizes?.sum).toBe(REQUESTS * TOKENS)
    expect(added.sum('vllm:request_params_max_tokens')).toBe(REQUESTS * TOKENS)
    expect(added.sum('vllm:request_prompt_tokens')).toBe(prompt)
  })

  test('aborted answers are counted in tokens and first tokens, and nowhere per request', async ({
    skip,
  }) => {
    if (!target().exclusive) skip('others use this server')
    let finishedPrompt = 0
    const added = await addedBy(
      target(),
      async () => {
        using streams = new ConcurrentStreams(target())
        streams.join(ABORTED)
        await streams.untilBegun(ABORTED)
        finishedPrompt = await finish()
      },
      (soFar) => soFar.total('vllm:request_success_total') >= REQUESTS,
    )
    const prompts = added.total('vllm:prompt_tokens_total')
    // Every request of this test has the same prompt.
    expect(prompts).toBe((finishedPrompt / REQUESTS) * (REQUESTS + ABORTED))
    expect(added.total('vllm:prefix_cache_queries_total')).toBe(queried(prompts))
    expect(added.count(firstTokens)).toBe(REQUESTS + ABORTED)
    const tokens = added.total(generated)
    expect(tokens).toBeGreaterThanOrEqual(REQUESTS * TOKENS + ABORTED)
    expect(tokens).toBeLessThan(ABORTED * (target().maxModelLen - 500))
    expect(added.count('vllm:inter_token_latency_seconds')).toBe(tokens - REQUESTS - ABORTED)
    // A prompt counts in the step of its first token, without the tokens that were found in the cache.
    const computed = added.total('vllm:prompt_tokens_by_source_total', { source: 'local_compute' })
    expect(added.sum('vllm:iteration_tokens_total')).toBe(computed + tokens)
    expect(added.total('vllm:request_success_total')).toBe(REQUESTS)
    expect(added.otherThan(REQUESTS)).toEqual([])
    expect(added.sum('vllm:request_generation_tokens')).toBe(REQUESTS * TOKENS)
    expect(total(added.after, 'vllm:kv_cache_usage_perc')).toBe(0)
  })

  test('a running request is seen running, and holds cache; left, it runs no more', async ({ skip }) => {
    if (!target().exclusive) skip('others use this server')
    await scrapeUntil(target(), isIdle)
    using streams = new ConcurrentStreams(target())
    const [stream] = streams.join(1)
    const page = await scrapeUntil(target(), (seen) => total(seen, 'vllm:num_requests_running') === 1)
    expect(total(page, 'vllm:num_requests_waiting')).toBe(0)
    await scrapeUntil(target(), (seen) => total(seen, 'vllm:kv_cache_usage_perc') > 0)
    stream?.leave()
    await scrapeUntil(target(), isIdle)
  })
}

/** A family without its values. Labels that name the model or size the cache are reduced to their names. */
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
