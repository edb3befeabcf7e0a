import { expect, test } from 'vitest'
import { checkPrometheus, witnessesFromPrometheus } from './prometheus.ts'
import { type Answering, queryServer } from './testing/query-server.ts'

const span = { fromMs: 1_700_000_000_000, untilMs: 1_700_000_010_000 }

test.each<[string, ReturnType<Answering>, string]>([
  ['a connection that is cut', undefined, 'does not answer: '],
  [
    'JSON that breaks off',
    { status: 200, body: '{"status":"success","data":{"resultT' },
    'its answer breaks off',
  ],
  [
    'a gateway',
    { status: 502, body: '<html>Bad Gateway</html>' },
    'HTTP 502 with something that is no answer',
  ],
  ['a login page', { status: 200, body: '<html>Sign in</html>' }, 'is the URL what stands before /api/v1?'],
  [
    'a redirect',
    { status: 302, body: '', headers: { location: 'https://sso/?state=secret' } },
    'HTTP 302: it is at https://sso/?hidden now',
  ],
  [
    'a Mimir without a tenant',
    { status: 401, body: 'no org id\n' },
    'give --prometheus-header X-Scope-OrgID=TENANT',
  ],
  ['no key', { status: 403, body: 'Forbidden' }, 'HTTP 403: give --prometheus-bearer-file'],
  [
    'an error',
    { status: 503, body: '{"status":"error","errorType":"unavailable","error":"TSDB not ready"}' },
    'unavailable: TSDB not ready',
  ],
  [
    "another's error",
    { status: 400, body: '{"message":"unknown data source"}' },
    'HTTP 400: unknown data source',
  ],
  [
    'nothing at all',
    { status: 200, body: '{"status":"success","data":{"resultType":"matrix","result":null}}' },
    'has no samples',
  ],
])('%s is said for what it is, before a run and after it', async (_, answer, why) => {
  using server = await queryServer(() => answer)
  const options = { url: new URL(server.origin) }
  await expect(checkPrometheus(options)).rejects.toThrow(why)
  await expect(witnessesFromPrometheus(options, span)).rejects.toThrow(`--prometheus ${server.origin}: `)
  await expect(witnessesFromPrometheus(options, span)).rejects.toThrow(why)
})
