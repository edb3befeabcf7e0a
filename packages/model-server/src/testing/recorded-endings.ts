import { OVERFLOW_SENTENCES } from '../context-overflow.ts'
import { FINISH_REASONS } from '../finish-reasons.ts'
import type { RecordedBehaviour } from './recorded-server.ts'
import { delta, event, good, role, stream, usage } from './wire.ts'

const brokeOff = { api: 'UPSTREAM_BROKE_OFF', direct: 'BROKE_OFF' } as const
const stopped = { api: 'stop', direct: 'stop', text: 'Hi' } as const

/** Every finish reason that has a row in the table. */
const reasons = FINISH_REASONS.map(({ word, meaning, note, from }): RecordedBehaviour => {
  const common = { server: from, what: `finish_reason ${JSON.stringify(word)}`, text: 'Hi' }
  const responses = [stream(role, delta('Hi'), delta('', word), usage(1))]
  if (meaning === 'failed')
    return { ...common, responses, ...brokeOff, says: new RegExp(`“${word}”`), tokens: 1 }
  if (meaning === 'none') return { ...common, responses, ...brokeOff, tokens: 1 }
  const told = note === undefined ? {} : { note: word, says: new RegExp(note) }
  return { ...common, responses, api: meaning, direct: meaning, tokens: 1, ...told }
})

const overflows = OVERFLOW_SENTENCES.map(({ server, example }): RecordedBehaviour => ({
  server,
  what: `"${example.slice(0, 60)}…" as an event`,
  responses: [stream({ error: { message: example, type: 'server_error', param: null, code: 500 } })],
  api: 'CONTEXT_TOO_LONG',
  direct: 'STREAM_500',
}))

const after = (what: string, ...events: (string | Buffer)[]): RecordedBehaviour => ({
  server: 'any',
  what: `after the finish reason: ${what}`,
  responses: [{ body: [event(delta('Hi', 'stop')), ...events] }],
  ...stopped,
})

/** How streams are framed and how they end. */
export const endings: readonly RecordedBehaviour[] = [
  ...reasons,
  ...overflows,
  {
    server: 'a server of tomorrow',
    what: 'a finish reason that nobody knows',
    responses: [stream(delta('Hi', 'moon_phase'))],
    ...stopped,
    note: 'moon_phase',
    says: /“moon_phase”, a reason that is not known/,
  },
  {
    server: 'Gemini',
    what: 'finish reasons in capitals',
    responses: [stream(delta('Hi', 'MAX_TOKENS'))],
    api: 'length',
    direct: 'length',
    text: 'Hi',
  },
  {
    server: 'SGLang',
    what: 'a finish reason that is an object',
    responses: [stream(delta('Hi'), delta('', { type: 'abort', message: 'Aborted' }))],
    ...brokeOff,
    text: 'Hi',
    says: /“abort”/,
  },
  {
    server: 'any',
    what: 'a break without a finish reason, "" before',
    responses: [{ body: [event(delta('Hi', ''))], cut: true }],
    api: 'UPSTREAM_BROKE_OFF',
    direct: 'CONNECTION_CLOSED',
    text: 'Hi',
  },
  {
    server: 'any',
    what: '[DONE] without a finish reason',
    responses: [stream(delta('Hi'))],
    ...brokeOff,
    text: 'Hi',
  },
  {
    server: 'any',
    what: 'half a chunk, then the connection is gone: that, and not the half, is the error',
    responses: [{ body: [event(delta('Hi')), 'data: {"choices":[{"del'], cut: true }],
    api: 'UPSTREAM_BROKE_OFF',
    direct: 'CONNECTION_CLOSED',
    text: 'Hi',
    says: /connection/,
  },
  {
    server: 'any',
    what: 'half a chunk, then the end of the body',
    responses: [{ body: [event(delta('Hi')), 'data: {"choices":[{"del'] }],
    ...brokeOff,
    text: 'Hi',
    says: /without a finish|ended early/,
  },
  {
    server: 'llama.cpp',
    what: 'the last event has no blank line, nor an end of line',
    responses: [{ body: [event(delta('H')), `data: ${JSON.stringify(delta('i', 'stop'))}`] }],
    ...stopped,
  },
  {
    server: 'any',
    what: 'an event with an empty data says nothing',
    responses: [
      { body: ['data:\n\n', 'data: \n\n', event(delta('Hi')), 'data\n\n', event(delta('', 'stop'))] },
    ],
    ...stopped,
  },
  {
    server: 'a proxy on Windows',
    what: 'a byte order mark before the first event',
    responses: [{ body: [`\ufeff${event(delta('H'))}`, event(delta('i', 'stop'))] }],
    ...stopped,
  },
  {
    server: 'any',
    what: 'lines that end in CR alone',
    responses: [{ body: [event(delta('H'), '\r'), event(delta('i', 'stop'), '\r'), event('[DONE]', '\r')] }],
    ...stopped,
  },
  {
    server: 'uvicorn with sse-starlette (llama-cpp-python, TensorRT-LLM)',
    what: 'lines that end in CRLF, cut between the two; pings',
    responses: [
      {
        body: [
          ': ping - 2026\r',
          '\n\r\n',
          event(delta('Hi', 'stop'), '\r\n').slice(0, -1),
          '\n',
          event('[DONE]', '\r\n'),
        ],
      },
    ],
    ...stopped,
  },
  {
    server: 'any',
    what: '[DONE] with a space behind it is the end',
    responses: [{ body: [event(delta('Hi', 'stop')), 'data: [DONE] \n\n', event(delta(' and no more'))] }],
    ...stopped,
  },
  {
    server: 'any',
    what: 'one event over several data lines',
    responses: [
      { body: ['data: {"choices":[{"delta":{"content":"Hi"},\ndata: "finish_reason":"stop"}]}\n\n'] },
    ],
    ...stopped,
  },
  after('an error event', event({ error: { message: 'late', code: 500 } })),
  after('event: error', 'event: error\ndata: late\n\n'),
  after('rubbish', event('{rubbish'), event('more')),
  after('another finish reason', event(delta('', 'abort'))),
  after('the end of the body, without [DONE]'),
  after('an event that is too large', 'data: ', Buffer.alloc(9 << 20, 'x')),
  { ...after('the loss of the connection'), responses: [{ body: [event(delta('Hi', 'stop'))], cut: true }] },
  {
    ...after('the counts, and rubbish before them'),
    responses: [{ body: [event(delta('Hi', 'stop')), event('{'), event(usage(1)), event('[DONE]')] }],
    tokens: 1,
  },
  { server: 'vLLM', what: 'nothing out of the ordinary', responses: [good], ...stopped, tokens: 1 },
]
