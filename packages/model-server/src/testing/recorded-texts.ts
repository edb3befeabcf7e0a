import type { RecordedBehaviour, RecordedResponse } from './recorded-server.ts'
import { delta, event, refused, role, stream, usage } from './wire.ts'

const stopped = { api: 'stop', direct: 'stop', text: 'Hi' } as const
const choice = (said: object, finish: string | null = null): object => ({
  choices: [{ index: 0, delta: said, finish_reason: finish }],
})
const counts = { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 }
const whole = (message: object, finish: string | null = 'stop'): RecordedResponse =>
  refused(200, {
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: finish }],
    usage: counts,
  })
const answer = [event(delta('Hi')), event(delta('', 'stop')), event('[DONE]')]

/** Where text is, and what an answer without any is. */
export const texts: readonly RecordedBehaviour[] = [
  {
    server: 'Mistral',
    what: 'content as a list of parts, with reasoning among them',
    responses: [
      stream(
        choice({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] }] }),
        choice(
          {
            content: [
              { type: 'text', text: 'H' },
              { type: 'text', text: 'i' },
            ],
          },
          'stop',
        ),
      ),
    ],
    ...stopped,
    reasoning: 'Hm.',
  },
  {
    server: 'OpenAI',
    what: 'a refusal',
    responses: [stream(choice({ refusal: 'I will not.' }, 'stop'))],
    ...stopped,
    text: 'I will not.',
  },
  {
    server: 'Ollama',
    what: 'reasoning',
    responses: [stream(choice({ reasoning: 'Hm.' }), choice({ content: 'Hi' }, 'stop'))],
    ...stopped,
    reasoning: 'Hm.',
  },
  {
    server: 'vLLM',
    what: 'reasoning alone is text',
    responses: [stream(choice({ reasoning_content: 'Hm.' }, 'length'))],
    reasoning: 'Hm.',
    api: 'length',
    direct: 'length',
  },
  {
    server: 'a server that does not stream',
    what: 'the whole answer as JSON',
    responses: [whole({ role: 'assistant', content: 'Hi' })],
    ...stopped,
    tokens: 1,
  },
  {
    server: 'a server that does not stream',
    what: 'a refusal as JSON',
    responses: [whole({ content: null, refusal: 'No.' })],
    ...stopped,
    text: 'No.',
    tokens: 1,
  },
  {
    server: 'a server that does not stream',
    what: 'JSON in pieces, without a finish reason',
    responses: [{ type: 'application/json', body: [' {"choices":[{"mess', 'age":{"content":"Hi"}}]}\n'] }],
    ...stopped,
  },
  {
    server: 'a server that does not stream',
    what: 'JSON under the name of a stream',
    responses: [
      { body: [JSON.stringify({ choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }] })] },
    ],
    ...stopped,
  },
  {
    server: 'a server that does not stream',
    what: 'JSON that is cut off',
    responses: [{ type: 'application/json', body: ['{"choices":[{"message":{"content":"H'] }],
    api: 'UPSTREAM_BROKE_OFF',
    direct: 'BROKE_OFF',
  },
  {
    server: 'any',
    what: 'a Content-Type in other letters',
    responses: [{ type: 'Text/Event-Stream; Charset=UTF-8', body: answer }],
    ...stopped,
  },
  { server: 'any', what: 'no Content-Type', responses: [{ type: null, body: answer }], ...stopped },
  {
    server: 'any',
    what: 'no Content-Type, and a beginning in pieces',
    responses: [{ type: null, body: [':', ' hello', '\n\n', 'da', 'ta', answer.join('').slice(4)] }],
    ...stopped,
  },
  {
    server: 'any',
    what: 'a stream that is called text/plain',
    responses: [{ type: 'text/plain', body: answer }],
    ...stopped,
  },
  {
    server: 'any',
    what: 'text that is no stream',
    responses: [{ type: 'text/plain', body: ['Data centre is down for maintenance'] }],
    api: 'UPSTREAM_REJECTED',
    direct: 'BAD_RESPONSE',
  },
  {
    server: 'any',
    what: 'an empty body',
    responses: [{ body: [] }],
    api: 'UPSTREAM_BROKE_OFF',
    direct: 'BROKE_OFF',
  },
  {
    server: 'OpenAI, vLLM',
    what: 'tool calls and no text',
    responses: [
      stream(
        role,
        choice({
          tool_calls: [
            { index: 0, id: 'c', type: 'function', function: { name: 'get_weather', arguments: '' } },
          ],
        }),
        choice({ tool_calls: [{ index: 0, function: { arguments: '{"city":"Paris"}' } }] }),
        choice({}, 'tool_calls'),
        usage(20),
      ),
    ],
    api: 'EMPTY',
    direct: 'EMPTY',
    says: /no text: only tool calls: get_weather\./,
    tokens: 20,
  },
  {
    server: 'a server that does not stream',
    what: 'tool calls and no text, as JSON',
    responses: [whole({ content: null, tool_calls: [{ function: { name: 'f' } }] }, 'tool_calls')],
    api: 'EMPTY',
    direct: 'EMPTY',
    says: /only tool calls: f\./,
    tokens: 1,
  },
  {
    server: 'OpenAI to 2023',
    what: 'a function call and no text',
    responses: [
      stream(choice({ function_call: { name: 'f', arguments: '{}' } }), choice({}, 'function_call')),
    ],
    api: 'EMPTY',
    direct: 'EMPTY',
    says: /only tool calls: f\./,
  },
  {
    server: 'OpenAI',
    what: 'audio and no text',
    responses: [stream(choice({ audio: { id: 'a', data: 'AAAA' } }), choice({}, 'stop'))],
    api: 'EMPTY',
    direct: 'EMPTY',
    says: /only audio\./,
  },
  {
    server: 'any',
    what: 'nothing at all',
    responses: [stream(role, choice({}, 'stop'), usage(1))],
    api: 'EMPTY',
    direct: 'EMPTY',
    says: /no text: it ended with “stop”\./,
    tokens: 1,
  },
  {
    server: 'Azure',
    what: 'all of it filtered',
    responses: [stream(role, choice({}, 'content_filter'))],
    api: 'EMPTY',
    direct: 'EMPTY',
    says: /“content_filter”/,
  },
  {
    server: 'vLLM',
    what: 'text and a tool call',
    responses: [
      stream(choice({ content: 'Hi' }), choice({ tool_calls: [{ function: { name: 'f' } }] }, 'tool_calls')),
    ],
    ...stopped,
    note: 'tool_calls',
    says: /asked for tools/,
  },
]
