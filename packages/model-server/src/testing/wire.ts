import type { RecordedResponse } from './recorded-server.ts'

/** An event of a stream, with its blank line. */
export const event = (data: unknown, end = '\n'): string =>
  `data: ${typeof data === 'string' ? data : JSON.stringify(data)}${end}${end}`

/** A chunk with text, as vLLM writes it. */
export const delta = (content: unknown, finish: unknown = null): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: { content }, finish_reason: finish }],
})

export const usage = (completion: number): object => ({
  choices: [],
  usage: { prompt_tokens: 5, total_tokens: 5 + completion, completion_tokens: completion },
})

export const role: object = {
  choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
}

/** A stream of these events, each a chunk of its own, and `[DONE]`. */
export const stream = (...events: unknown[]): RecordedResponse => ({
  body: [...events, '[DONE]'].map((data) => event(data)),
})

/** An answer that nothing is wrong with. */
export const good = stream(role, delta('Hi'), delta('', 'stop'), usage(1))

/** An error response. */
export const refused = (status: number, body: unknown, type = 'application/json'): RecordedResponse => ({
  status,
  type,
  body: [typeof body === 'string' ? body : JSON.stringify(body)],
})
