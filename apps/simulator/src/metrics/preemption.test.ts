import { histogramOf, parseExposition } from '@slicechat/metrics/reading'
import { expect, test } from 'vitest'
import { startSimulator } from '../index.ts'

const MOST = 1024
const ANSWER = 900

test('preempted requests lose nothing, and are asked and counted once', async () => {
  // So little memory that the answers do not all fit into the cache together.
  const simulator = await startSimulator({
    port: 0,
    slice: 'h100-80gb',
    model: 'qwen2.5-0.5b-instruct',
    gpuMemoryUtilization: 0.02177,
    maxModelLen: MOST,
    maxNumBatchedTokens: 256,
    maxNumSeqs: 64,
  })
  const page = () => parseExposition(simulator.metricsText())
  const total = (name: string, labels = {}) => page().sum(`vllm:${name}`, labels) ?? NaN
  const sum = (name: string) => histogramOf(page(), `vllm:${name}`)?.sum
  const [config] = page().samples('vllm:cache_config_info')
  const cacheTokens = 16 * Number(config?.labels['num_gpu_blocks'])
  const requests = Math.ceil((1.2 * cacheTokens) / ANSWER)
  const ask = async (at: number) => {
    const messages = [{ role: 'user', content: `Tale number ${at} of the sea, please.` }]
    const response = await fetch(`${simulator.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages, ignore_eos: true, max_tokens: ANSWER }),
    })
    return ((await response.json()) as { usage: { prompt_tokens: number; completion_tokens: number } }).usage
  }
  const usages = await Promise.all(Array.from({ length: requests }, (_, at) => ask(at)))
  expect(usages.map((usage) => usage.completion_tokens)).toEqual(Array<number>(requests).fill(ANSWER))
  const prompts = usages.reduce((all, usage) => all + usage.prompt_tokens, 0)

  const preemptions = total('num_preemptions_total')
  expect(preemptions).toBeGreaterThan(0)
  expect(sum('request_num_preemptions')).toBe(preemptions)
  expect(total('generation_tokens_total')).toBe(requests * ANSWER)
  expect(total('prompt_tokens_total')).toBe(prompts)
  // Tokens that are computed again are no new prompt, so neither the cache's nor the steps' counters include them.
  expect(total('prefix_cache_queries_total')).toBe(prompts)
  const cached = total('prompt_tokens_cached_total')
  expect(total('prefix_cache_hits_total')).toBe(cached)
  expect(total('prompt_tokens_by_source_total', { source: 'local_compute' })).toBe(prompts - cached)
  expect(sum('iteration_tokens_total')).toBe(prompts - cached + requests * ANSWER)
  expect(total('time_to_first_token_seconds_count')).toBe(requests)
  expect(total('inter_token_latency_seconds_count')).toBe(requests * (ANSWER - 1))
  expect(total('request_success_total')).toBe(requests)
  expect(total('kv_cache_usage_perc')).toBe(0)
  await simulator.close()
})
