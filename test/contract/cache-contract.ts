import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { addedBy } from './counts.ts'
import { readStream, type Usage } from './stream-reading.ts'
import { chat, type Target } from './target.ts'

const TOKENS = 5
const NUMBER = expect.any(Number) as number

/** The prefix cache: which tokens are found in it, and how they are counted. */
export function cacheContract(target: () => Target): void {
  test('a prompt that comes again is found in the cache, by those of the same salt', async ({ skip }) => {
    const block = target().cacheBlockTokens
    if (!target().exclusive) skip('others use this server')
    if (block === undefined) return skip('no prefix cache')
    const messages = [{ role: 'user', content: 'All work and no play makes a dull boy. '.repeat(60) }]
    const size = { max_tokens: TOKENS, ignore_eos: true }
    const ask = async (salt: string) => {
      let usage: Usage | undefined
      const options = { stream: true, stream_options: { include_usage: true }, messages, cache_salt: salt }
      const added = await addedBy(
        target(),
        async () => ({ usage } = await readStream(await chat(target(), { ...options, ...size }))),
        (soFar) => soFar.total('vllm:generation_tokens_total') >= TOKENS,
      )
      const prompt = usage?.prompt_tokens ?? NaN
      const hits = added.total('vllm:prefix_cache_hits_total')
      const source = (name: string) => added.total('vllm:prompt_tokens_by_source_total', { source: name })
      expect({
        queries: added.total('vllm:prefix_cache_queries_total'),
        prompt: added.total('vllm:prompt_tokens_total'),
        computed: source('local_compute'),
        found: source('local_cache_hit'),
        cached: added.total('vllm:prompt_tokens_cached_total'),
        device: added.total('vllm:prompt_tokens_cached_by_source_total', { source: 'device' }),
        steps: added.sum('vllm:iteration_tokens_total'),
        prefill: added.sum('vllm:request_prefill_kv_computed_tokens'),
      }).toEqual({
        queries: prompt,
        prompt,
        computed: prompt - hits,
        found: hits,
        cached: hits,
        device: hits,
        steps: prompt - hits + TOKENS,
        prefill: prompt - hits,
      })
      const kept = prompt - (prompt % block)
      if (target().promptTokensDetails)
        expect(usage?.prompt_tokens_details).toEqual({
          cached_tokens: hits,
          created_cache_tokens: kept - hits,
        })
      return { prompt, hits }
    }
    const salt = randomUUID()
    const first = await ask(salt)
    const again = await ask(salt)
    const others = await ask(randomUUID())
    // Only whole blocks are found, and at least the last token is computed again.
    const most = Math.floor((first.prompt - 1) / block) * block
    expect(most).toBeGreaterThan(0)
    expect([first.hits, again.hits, others.hits]).toEqual([0, most, 0])
  })

  test('the usage tells what was cached only if the server is told to', async () => {
    const answer = (await (await chat(target(), { max_tokens: 1 })).json()) as { usage: Usage }
    const told = { cached_tokens: NUMBER, created_cache_tokens: NUMBER, multimodal_tokens: null }
    expect(answer.usage.prompt_tokens_details).toEqual(target().promptTokensDetails ? told : null)
  })
}
