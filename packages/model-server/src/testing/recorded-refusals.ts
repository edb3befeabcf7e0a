import type { RecordedBehaviour, RecordedResponse } from './recorded-server.ts'
import { good, refused, stream } from './wire.ts'

const everything = { include_usage: true, continuous_usage_stats: true }
const standard = { include_usage: true }

const page = (status: number, title: string, more = ''): RecordedResponse =>
  refused(
    status,
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>${more}</body></html>`,
    'text/html',
  )

const forbidden = {
  detail: [
    { type: 'extra_forbidden', loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted' },
  ],
}
const nested = {
  detail: [
    {
      type: 'extra_forbidden',
      loc: ['body', 'stream_options', 'continuous_usage_stats'],
      msg: 'Extra inputs are not permitted',
    },
  ],
}
const mistral = { object: 'error', message: nested, type: 'invalid_request_error', code: null }
const helpful = { api: 'stop', direct: 'stop', text: 'Hi', tokens: 1 } as const

/** What proxies answer in a server's place, and refusals after which it is asked in another way. */
export const refusals: readonly RecordedBehaviour[] = [
  {
    server: 'nginx',
    what: '413 is no context overflow',
    responses: [page(413, '413 Request Entity Too Large', 'maximum context length')],
    api: 'UPSTREAM_REJECTED',
    direct: 'HTTP_413',
    says: /413 Request Entity Too Large/,
  },
  {
    server: 'a proxy',
    what: '400 with a page that speaks of the context length is no context overflow',
    responses: [page(400, 'Bad Request', "This model's maximum context length is 1")],
    api: 'UPSTREAM_REJECTED',
    direct: 'HTTP_400',
    says: /web page.*Bad Request/,
  },
  {
    server: 'nginx',
    what: '502 in HTML',
    responses: [page(502, '502 Bad Gateway')],
    api: 'UPSTREAM_UNREACHABLE',
    direct: 'HTTP_502',
    says: /502 Bad Gateway/,
  },
  {
    server: 'a login page',
    what: '200 in HTML',
    responses: [page(200, 'Log in &mdash; Gateway')],
    api: 'UPSTREAM_REJECTED',
    direct: 'BAD_RESPONSE',
    says: /Log in/,
  },
  {
    server: 'something else',
    what: '200 in JSON that is no answer',
    responses: [refused(200, { hello: 'world' })],
    api: 'UPSTREAM_REJECTED',
    direct: 'BAD_RESPONSE',
  },
  {
    server: 'another host',
    what: 'a redirect elsewhere is named, without what may be secret',
    responses: [
      { status: 308, body: [], headers: { location: 'http://user:word@192.0.2.9:81/v1/x?key=word' } },
    ],
    api: 'UPSTREAM_REJECTED',
    direct: 'HTTP_308',
    says: /redirects to http:\/\/192\.0\.2\.9:81\/v1\/x\./,
  },
  ...[
    { server: 'FastAPI', refusal: refused(422, forbidden), asked: [everything, undefined] },
    { server: 'FastAPI', refusal: refused(422, nested), asked: [everything, standard] },
    { server: 'Mistral', refusal: refused(422, mistral), asked: [everything, standard] },
    {
      server: 'Azure',
      refusal: refused(400, {
        error: { code: 400, message: 'Validation error at #/stream_options: Extra inputs are not permitted' },
      }),
      asked: [everything, undefined],
    },
    {
      server: 'OpenAI',
      refusal: refused(400, {
        error: {
          message: "Unknown parameter: 'stream_options.continuous_usage_stats'.",
          type: 'invalid_request_error',
          param: 'stream_options.continuous_usage_stats',
          code: 'unknown_parameter',
        },
      }),
      asked: [everything, standard],
    },
    {
      server: 'SGLang',
      refusal: stream({ error: { message: 'stream_options is not supported', code: 400 } }),
      asked: [everything, undefined],
    },
  ].map(({ server, refusal, asked }): RecordedBehaviour => ({
    server,
    what: `refuses stream options (${JSON.stringify(refusal.body).slice(0, 60)}…)`,
    responses: [refusal, good],
    ...helpful,
    asked,
  })),
  {
    server: 'two behind each other',
    what: 'refuses one option, then all',
    responses: [refused(400, nested), refused(400, forbidden), good],
    ...helpful,
    asked: [everything, standard, undefined],
  },
  {
    server: 'stubborn',
    what: 'refuses stream options even where there are none',
    responses: [refused(400, forbidden)],
    api: 'UPSTREAM_REJECTED',
    direct: 'HTTP_400',
    asked: [everything, undefined],
  },
]
