import { expect, test } from 'vitest'
import { addedBy, isIdle, total } from './counts.ts'
import { ConcurrentStreams } from './concurrent-streams.ts'
import { recordedBody } from './recorded.ts'
import { chat, scrapeUntil, type Target } from './target.ts'

const BEYOND = 3
const BUSY = /"message": "([^"]*)"/.exec(recordedBody('error-admission-rejected-in-stream.http'))?.[1] ?? ''
const BACKLOG =
  'The engine has reached its prefill token backlog limit. Please try again later or on a different instance.'

/** Behaviour beyond `--max-num-queued-reqs` and `--max-num-queued-tokens`. */
export function admissionContract(target: () => Target): void {
  const rejections = 'vllm:admission_rejections_total'
  const firstTokens = 'vllm:time_to_first_token_seconds'
  const error = (message: string) => ({
    error: { message, type: 'Service Unavailable', param: null, code: 503 },
  })

  test('as many as the limit run and wait; who comes later is refused, and counted', async ({ skip }) => {
    const { limits } = target()
    if (limits === undefined) return skip('its limits are not known')
    const { maxNumSeqs, maxNumQueuedReqs } = limits
    const added = await addedBy(
      target(),
      async () => {
        using streams = new ConcurrentStreams(target())
        streams.join(maxNumQueuedReqs + BEYOND)
        await expect.poll(() => streams.refused.length, { timeout: 30_000 }).toBe(BEYOND)
        // Requests that came together may be accepted before they are refused; the refusal is then an event
        // of the stream.
        for (const { status, body, refusal } of streams.refused) {
          expect([200, 503]).toContain(status)
          expect(refusal).toBe(BUSY)
          if (status === 200) expect(body.endsWith('\n\ndata: [DONE]\n\n')).toBe(true)
        }
        await streams.untilFull(limits)
        // A request to a full server gets an HTTP status, whether it asked for a stream or not.
        for (const stream of [true, false]) {
          const response = await chat(target(), { stream })
          expect(response.status).toBe(503)
          expect(response.headers.get('content-type')).toBe('application/json')
          expect(await response.json()).toEqual(error(BUSY))
        }
        // The names and types in a request are checked before admission, its values only after.
        const others = [{ model: 'nope' }, { temperature: 'hot' }, { temperature: -3 }, { messages: [] }]
        const statuses = []
        for (const options of others) statuses.push((await chat(target(), options)).status)
        expect(statuses).toEqual([404, 400, 503, 503])
        // Waiting requests leave first; otherwise one of them would start to run before it leaves.
        for (const stream of streams.streams) if (!stream.begun) stream.leave()
        await scrapeUntil(target(), (page) => total(page, 'vllm:num_requests_waiting') === 0)
      },
      (soFar) => soFar.count(firstTokens) >= maxNumSeqs,
    )
    expect(added.total(rejections, { reason: 'max_num_queued_reqs' })).toBe(BEYOND + 4)
    expect(added.total(rejections)).toBe(BEYOND + 4)
    // Requests that were refused, or left while they waited, are counted nowhere else.
    expect(added.count(firstTokens)).toBe(maxNumSeqs)
    const queries = added.total('vllm:prefix_cache_queries_total')
    expect(queries).toBe(
      target().cacheBlockTokens === undefined ? 0 : added.total('vllm:prompt_tokens_total'),
    )
    expect(added.total('vllm:request_success_total')).toBe(0)
    expect(added.otherThan(0)).toEqual([])
  })

  test('prompts that wait are counted by their tokens, too', async ({ skip }) => {
    const { limits, maxModelLen } = target()
    if (limits === undefined) return skip('its limits are not known')
    const { maxNumSeqs, maxNumQueuedTokens } = limits
    const added = await addedBy(
      target(),
      async () => {
        using streams = new ConcurrentStreams(target())
        streams.join(maxNumSeqs)
        await streams.untilBegun(maxNumSeqs)
        const messages = [{ role: 'user', content: 'word '.repeat(maxModelLen - 500) }]
        const enough = Math.ceil(maxNumQueuedTokens / (maxModelLen - 500))
        const waiting = streams.join(enough, { messages, max_tokens: 1 })
        await scrapeUntil(target(), (page) => total(page, 'vllm:num_requests_waiting') === enough)
        const response = await chat(target())
        expect(response.status).toBe(503)
        expect(await response.json()).toEqual(error(BACKLOG))
        for (const stream of waiting) stream.leave()
        await scrapeUntil(target(), (page) => total(page, 'vllm:num_requests_waiting') === 0)
      },
      (soFar) => soFar.count(firstTokens) >= maxNumSeqs,
    )
    expect(added.total(rejections, { reason: 'max_num_queued_tokens' })).toBe(1)
    expect(added.total(rejections)).toBe(1)
    expect(added.count(firstTokens)).toBe(maxNumSeqs)
  })

  test('a place that becomes free is given away again', async ({ skip }) => {
    const { limits } = target()
    if (limits === undefined) return skip('its limits are not known')
    await scrapeUntil(target(), isIdle)
    using streams = new ConcurrentStreams(target())
    streams.join(limits.maxNumQueuedReqs)
    await streams.untilFull(limits)
    streams.begun[0]?.leave()
    await streams.untilBegun(limits.maxNumSeqs + 1)
  })
}
