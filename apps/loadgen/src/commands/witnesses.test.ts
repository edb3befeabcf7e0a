import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { aRun } from '@slicechat/run/testing'
import { expect, test, vi } from 'vitest'
import type { Environment } from '../env.ts'
import { queryServer } from '@slicechat/witness/testing'
import { prometheusFlags } from './prometheus-flags.ts'
import { readFlags } from './flag.ts'
import { witnessFlags } from './witness-flags.ts'
import { Witnesses } from './witnesses.ts'

const env = {} as Environment
const target = { url: 'http://somewhere:3000' } as Parameters<typeof Witnesses.open>[2]
const ran = aRun({ startedAt: Date.now(), durationMs: 10 })

const open = (args: readonly string[], said: string[] = []) => {
  const { values } = readFlags(args, { ...witnessFlags, ...prometheusFlags }, { names: '', min: 0, max: 0 })
  return Witnesses.open(values, env, target, (text) => said.push(text))
}

/** Serves a metrics page on a socket; disposing of it ends the server. */
async function serving(page: string) {
  const server: Server = createServer((_, response) => response.end(page)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
  const stop = (): void => {
    server.closeAllConnections()
    server.close()
  }
  return { url, stop, [Symbol.dispose]: stop }
}

const API = `chat_requests_total{model="m",status="success"} 1
chat_tokens_total{model="m",kind="prompt"} 1
chat_active_generations 0
`

test('a page that was named and is lost on the way is a failure that says since when and why', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'hrtime'] })
  try {
    for (const optional of [false, true]) {
      using page = await serving(API)
      const args = ['--scrape', `api=${page.url}`, ...(optional ? ['--optional-witnesses'] : [])]
      const witnesses = await open(args)
      page.stop()
      vi.advanceTimersByTime(7_000)
      const run = aRun({ startedAt: Date.now(), durationMs: 6_000 })
      const { failures, remarks } = await witnesses.finish(run, AbortSignal.timeout(60_000))
      const said = [
        expect.stringMatching(
          /^api \(http:.*\) was lost: it said nothing after 0\.0 s of the run \(.*connection refused.*\)$/,
        ),
      ]
      expect([failures, remarks]).toEqual(optional ? [[], said] : [said, []])
    }
  } finally {
    vi.useRealTimers()
  }
})

const gpu = (value: string): string =>
  ['PROF_GR_ENGINE_ACTIVE', 'DEV_FB_USED'].map((name) => `DCGM_FI_${name}{UUID="GPU-1"} ${value}\n`).join('')

test.each([
  [
    'a GPU of which all is blank',
    gpu('9223372036854775794'),
    'tells nothing of any GPU: all its values are blank',
  ],
  [
    'a GPU with fields that are not read',
    'DCGM_FI_DEV_XID_ERRORS{UUID="GPU-1"} 0\n',
    'or of fields that are not read',
  ],
  [
    'vLLM without counters',
    'vllm:cache_config_info{block_size="16"} 1\n',
    'has none of the counters of the ledger',
  ],
  ['a GPU', gpu('0.5'), undefined],
])('a page that was named: %s', async (_, text, why) => {
  using page = await serving(text)
  const witnesses = await open(['--scrape', `it=${page.url}`])
  // DCGM's last page is taken an interval later, unless no text has come for longer.
  const run = aRun({ startedAt: Date.now() - 10_000, durationMs: 9_900 })
  const { failures } = await witnesses.finish(run, AbortSignal.timeout(60_000))
  expect(failures).toEqual(why === undefined ? [] : [expect.stringContaining(why)])
})

const metric = { __name__: 'chat_active_generations', instance: 'a:9100', job: 'api' }
const answer = (more: object = {}) => {
  const now = Date.now() / 1000
  const values = [-3, -2, -1, 0, 1].map((second) => [now + second, '0'])
  return {
    status: 200,
    body: JSON.stringify({
      status: 'success',
      ...more,
      data: { resultType: 'matrix', result: [{ metric, values }] },
    }),
  }
}

test('a Prometheus that was named and is gone at the end is a failure, unless it is optional', async () => {
  for (const optional of [false, true]) {
    using server = await queryServer(() => answer())
    const args = ['--prometheus', server.origin, ...(optional ? ['--optional-witnesses'] : [])]
    const witnesses = await open(args)
    server.stop()
    const { failures, remarks } = await witnesses.finish(ran, AbortSignal.timeout(60_000))
    const said = [expect.stringMatching(/does not answer: connection refused; compare RUN --prometheus URL/)]
    expect([failures, remarks]).toEqual(optional ? [[], said] : [said, []])
  }
})

test('what is optional need not be there at the beginning either, and is said', async () => {
  using page = await serving(API)
  page.stop()
  const args = ['--scrape', `api=${page.url}`, '--prometheus', new URL(page.url).origin]
  await expect(open(args)).rejects.toThrow('connection refused')
  const said: string[] = []
  const witnesses = await open([...args, '--optional-witnesses'], said)
  await witnesses.stop()
  expect(said).toEqual([
    expect.stringMatching(/^--prometheus .*connection refused/),
    expect.stringMatching(/^--scrape api=.*connection refused/),
  ])
})

test('headers for a Prometheus are checked, and what they hold is in no message', async () => {
  for (const wrong of ['secret', '=secret', 'X=a\nb'])
    await expect(open(['--prometheus', 'http://127.0.0.1:1', '--prometheus-header', wrong])).rejects.toThrow(
      /^--prometheus-header: is not NAME=VALUE/,
    )
  using server = await queryServer(({ headers }) =>
    headers['x-scope-orgid'] === 'a=b' ? answer() : { status: 401, body: 'no org id' },
  )
  const witnesses = await open(['--prometheus', server.origin, '--prometheus-header', 'X-Scope-OrgID=a=b'])
  await witnesses.stop()
})
