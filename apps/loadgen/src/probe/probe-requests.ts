import { omitUndefined } from '@slicechat/contract'
import { createChatClient, toChatError } from '@slicechat/client'
import { fetchWith } from '../target/extra-headers.ts'
import type { TargetOptions } from '../target/open-target.ts'
import { TargetProblem } from '../problems/target-problem.ts'
import type { ProbeRequest } from './measure.ts'

/** A piece of text in an event stream of the API. */
const TEXT_EVENT = '"type":"delta"'

/**
 * The requests of a probe to an API: two queries, and the stream of a finished answer, which can be read any
 * number of times. That answer is generated here, once, so that the model server has no part in what is measured.
 * @throws TargetProblem
 */
export async function probeRequests(target: TargetOptions, tokens: number): Promise<ProbeRequest[]> {
  const { url, apiKey, model, headers: extra = {} } = target
  const base = `${url.replace(/\/+$/, '')}/trpc`
  const headers = { ...extra, ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }) }
  const client = createChatClient({
    url,
    transport: 'sse',
    fetch: fetchWith(extra),
    ...omitUndefined({ apiKey }),
  })
  try {
    const { generationId } = await client.api.generations.start.mutate({
      requestId: crypto.randomUUID(),
      messages: [{ role: 'user', content: 'Tell me of the sea, at some length.' }],
      ...omitUndefined({ model }),
      params: { maxTokens: tokens },
    })
    for await (const event of client.watch(generationId))
      if (event.type === 'finished' && event.error !== undefined)
        throw new TargetProblem(
          '--target',
          `${url} gives no answer (${event.error.code}: ${event.error.message})`,
        )
    const input = encodeURIComponent(JSON.stringify({ generationId }))
    const query = (name: string): ProbeRequest => ({
      name,
      url: `${base}/${name}`,
      headers,
      content: undefined,
    })
    return [
      query('system.status'),
      query('models.list'),
      {
        name: 'a finished answer, whole, over SSE',
        url: `${base}/generations.stream?input=${input}`,
        headers: { ...headers, accept: 'text/event-stream' },
        content: TEXT_EVENT,
      },
    ]
  } catch (error) {
    if (error instanceof TargetProblem) throw error
    const { code, message } = toChatError(error)
    throw new TargetProblem('--target', `${url} gives no answer (${code}: ${message})`, error)
  } finally {
    client.close()
  }
}
