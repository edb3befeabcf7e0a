import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

type Body = Record<string, unknown>

/** A model server that calls the tool of a request, or answers in its format; the simulator does neither. */
export interface ToolServer extends AsyncDisposable {
  /** With the `/v1` at its end. */
  readonly url: string
  /** The requests for answers, as they came. */
  readonly bodies: readonly Body[]
}

const USAGE = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 }
const CALL = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city": "Xi’an"}' } }
const CITY = '{"name": "Xi’an", "people": 13000000}'
const START = { id: 'chatcmpl-1', created: 1, model: 'm' }

function whole(body: Body): object {
  const message =
    body['tools'] === undefined
      ? { role: 'assistant', content: CITY }
      : { role: 'assistant', content: null, tool_calls: [CALL] }
  const finish_reason = body['tools'] === undefined ? 'stop' : 'tool_calls'
  return {
    ...START,
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason }],
    usage: USAGE,
  }
}

/** The chunks of a stream in which the arguments of the call come in two parts. */
function chunks(): string {
  const { name, arguments: text } = CALL.function
  const deltas = [
    { role: 'assistant', content: null },
    {
      tool_calls: [
        { index: 0, id: CALL.id, type: 'function', function: { name, arguments: text.slice(0, 7) } },
      ],
    },
    { tool_calls: [{ index: 0, function: { arguments: text.slice(7) } }] },
  ]
  const choices: object[] = deltas.map((delta) => ({ index: 0, delta, finish_reason: null }))
  choices.push({ index: 0, delta: {}, finish_reason: 'tool_calls' })
  const chunk = { ...START, object: 'chat.completion.chunk' }
  const events = [
    ...choices.map((choice) => ({ ...chunk, choices: [choice] })),
    { ...chunk, choices: [], usage: USAGE },
  ]
  return `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`
}

/** Starts it on a free port. */
export async function startToolServer(): Promise<ToolServer> {
  const bodies: Body[] = []
  const server = createServer((request, response) => {
    void (async () => {
      if (request.method === 'GET') {
        response.setHeader('content-type', 'application/json')
        return response.end('{"object":"list","data":[{"id":"m","object":"model"}]}')
      }
      const body = (await json(request)) as Body
      bodies.push(body)
      response.setHeader('content-type', body['stream'] === true ? 'text/event-stream' : 'application/json')
      return response.end(body['stream'] === true ? chunks() : JSON.stringify(whole(body)))
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    bodies,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
