import { createServer } from 'node:http'
import { readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import type { ApiErrorCode } from '@slicechat/contract'
import { readErrorBody } from '@slicechat/model-server'
import { expect, test } from 'vitest'
import { CodedError } from '../errors.ts'
import { fromServerError, toCodedError } from './error-map.ts'
import { HttpClient } from './http-client.ts'

const folder = new URL('../../../simulator/fixtures/vllm-0.32/', import.meta.url)

interface Recorded {
  status: number
  type: string
  body: string
}

function recorded(name: string): Recorded {
  const text = readFileSync(new URL(`${name}.http`, folder), 'utf8').replaceAll('\r\n', '\n')
  const split = text.indexOf('\n\n')
  const head = text.slice(0, split)
  return {
    status: Number(head.split(' ')[1]),
    type: /^content-type: (.*)$/im.exec(head)?.[1] ?? '',
    body: text.slice(split + 2),
  }
}

/** The coded error for a response that comes over a real connection. */
async function codedFor(
  { status, type, body }: Recorded,
  headers: Record<string, string> = {},
): Promise<CodedError> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': type, ...headers })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const http = new HttpClient(1_000)
  try {
    const url = new URL(`http://127.0.0.1:${port}/v1/chat/completions`)
    const response = await http.request(url, { method: 'POST', headers: {} })
    return fromServerError(
      readErrorBody(await response.text(), response.status),
      response.header('retry-after'),
    )
  } finally {
    await http.close()
    server.closeAllConnections()
    server.close()
  }
}

const expected: Record<string, ApiErrorCode> = {
  'error-bad-json': 'UPSTREAM_REJECTED',
  'error-empty-messages': 'UPSTREAM_REJECTED',
  'error-max-tokens': 'UPSTREAM_REJECTED',
  'error-method': 'UPSTREAM_REJECTED',
  'error-out-of-range': 'UPSTREAM_REJECTED',
  'error-too-long': 'CONTEXT_TOO_LONG',
  'error-unauthorized': 'UPSTREAM_REJECTED',
  'error-unknown-model': 'MODEL_NOT_FOUND',
  'error-unknown-path': 'UPSTREAM_REJECTED',
  'error-wrong-type': 'UPSTREAM_REJECTED',
}
const inStream: Record<string, ApiErrorCode> = {
  'error-admission-rejected-in-stream': 'UPSTREAM_BUSY',
  'error-engine-died-midstream': 'UPSTREAM_BROKE_OFF',
}

test('every recorded error has its place here', () => {
  const names = readdirSync(folder).filter((name) => name.startsWith('error-'))
  expect(names.map((name) => name.replace('.http', '')).sort()).toEqual(
    [...Object.keys(expected), ...Object.keys(inStream)].sort(),
  )
})

test.each(Object.entries(expected))('%s → %s', async (name, code) => {
  const coded = await codedFor(recorded(name))
  expect(coded.code).toBe(code)
  // The server's own messages can quote the prompt, so they must not be passed on.
  expect(coded.message).not.toMatch(/temperature must|hot|nope/)
})

test.each(Object.entries(inStream))('%s → %s', (name, code) => {
  const data = /^data: (\{"error".*\})$/m.exec(recorded(name).body)?.[1] ?? ''
  expect(fromServerError(readErrorBody(data)).code).toBe(code)
})

test.each([
  [429, 'RATE_LIMITED'],
  [503, 'UPSTREAM_BUSY'],
  [502, 'UPSTREAM_UNREACHABLE'],
  [504, 'UPSTREAM_UNREACHABLE'],
  [500, 'UPSTREAM_BROKE_OFF'],
  [403, 'UPSTREAM_REJECTED'],
  [413, 'UPSTREAM_REJECTED'],
  [422, 'UPSTREAM_REJECTED'],
] as const)('HTTP %d → %s', async (status, code) => {
  const page = { status, type: 'text/html', body: '<html>secret prompt, maximum context length</html>' }
  const coded = await codedFor(page, { 'retry-after': '2' })
  expect(coded.code).toBe(code)
  expect(coded.details.retryAfterMs).toBe(2_000)
  expect(coded.message).not.toContain('secret')
})

test('a prompt that leaves no room for a single token is too long', () => {
  const message = 'max_tokens must be at least 1, got 0. (parameter=max_tokens, value=0)'
  const body = JSON.stringify({ error: { code: 400, message, param: 'max_tokens' } })
  expect(fromServerError(readErrorBody(body)).code).toBe('CONTEXT_TOO_LONG')
})

test('what is no refusal of the server and no failed connection is a defect, not an outage', () => {
  expect(toCodedError(new TypeError('x is undefined')).code).toBe('INTERNAL')
  expect(toCodedError(Object.assign(new Error('no'), { code: 'ECONNREFUSED' })).code).toBe(
    'UPSTREAM_UNREACHABLE',
  )
  expect(toCodedError(new SyntaxError('Unexpected token')).code).toBe('UPSTREAM_BROKE_OFF')
  const coded = new CodedError('UPSTREAM_BUSY', 'busy')
  expect(toCodedError(new Error('outer', { cause: coded }))).toBe(coded)
})
