import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Stack, startStack } from '@slicechat/api/testing'
import { parseRun, type Run } from '@slicechat/run'
import { type Ledger, ledgerOf } from '@slicechat/run/analysis'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Console } from '../terminal/console.ts'
import { commandLine } from './command-line.ts'

const folder = mkdtempSync(join(tmpdir(), 'door-'))
const KEY = 'a-key-of-sixteen-characters'
let stack: Stack
beforeAll(async () => {
  const env = { API_KEYS: `load:${KEY}`, MAX_ACTIVE_GENERATIONS: '3', MAX_QUEUED: '2', UPSTREAM_RETRIES: '0' }
  stack = await startStack({ simulator: { ttftMs: 20, itlMs: 2 }, env })
})
beforeEach(() => stack.simulator.faults.clear())
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const silent: Console = {
  live: false,
  columns: 80,
  draw: () => {},
  shown: (text) => text,
  file: () => {},
  result: () => {},
  message: () => {},
  paint: (_style, text) => text,
  paintResult: (_style, text) => text,
}

const SHORT = ['--duration', '4s', '--set', 'warmUp=0s', '--set', 'coolDown=0s']

/** Runs the scenario `smoke` at a target, with the pages of API and simulator as witnesses. */
async function run(target: string, ...flags: string[]): Promise<{ run: Run; ledger: Ledger }> {
  const out = mkdtempSync(join(folder, 'run-'))
  const pages = [`api=${stack.api.metricsUrl}/metrics`, `vllm=${stack.simulator.url}/metrics`]
  const scrapes = pages.flatMap((page) => ['--scrape', page])
  const args = ['run', 'smoke', '--target', target, ...scrapes, ...SHORT, '--out', out, ...flags]
  const said: string[] = []
  const console = { ...silent, message: (text: string) => void said.push(text) }
  const code = await commandLine(args, console, new AbortController().signal)
  expect([0, 1, 99], said.join('\n')).toContain(code)
  const measured = parseRun(readFileSync(join(out, 'run.json'), 'utf8'))
  return { run: measured, ledger: ledgerOf(measured) }
}

const countsOf = ({ rows }: Ledger, quantity: string): unknown =>
  rows.find((row) => row.quantity === quantity)?.counts

test("a run at the API's /v1 is compared with what the API counted, to the token", async () => {
  const { run: measured, ledger } = await run(`openai:${stack.api.url}/v1`, '--api-key', KEY)
  expect(measured.target).toMatchObject({ kind: 'openai', throughApi: true })
  const { started, succeeded, completionTokens } = measured.whole
  expect(started).toBeGreaterThan(3)
  expect(ledger.findings).toEqual([])
  expect(ledger.parties).toEqual(['client', 'api', 'vllm'])
  expect(countsOf(ledger, 'started')).toEqual({ client: started, api: started, vllm: null })
  expect(countsOf(ledger, 'finished')).toEqual({ client: succeeded, api: succeeded, vllm: succeeded })
  expect(countsOf(ledger, 'completionTokens')).toEqual({
    ...{ client: completionTokens, api: completionTokens, vllm: completionTokens },
  })
  const metrics = await stack.metrics()
  expect(metrics.sum('chat_requests_total', { door: 'openai' })).toBe(started)
})

test('refusals and failures keep the codes of the API, and are explained as such', async () => {
  stack.simulator.faults.add({ kind: 'status', status: 503, times: 2 })
  stack.simulator.faults.add({ kind: 'reset', afterTokens: 5, times: 2 })
  const flags = ['--api-key', KEY, '--users', '9', '--set', 'conversation.thinkTime=100ms']
  const { run: measured, ledger } = await run(`openai:${stack.api.url}/v1`, ...flags)
  const codes = measured.whole.errors.map(({ code }) => code)
  expect(codes).toEqual(expect.arrayContaining(['UPSTREAM_BUSY', 'UPSTREAM_BROKE_OFF', 'QUEUE_FULL']))
  expect(codes.filter((code) => /^(HTTP|STREAM)_/.test(code))).toEqual([])
  expect(ledger.findings).toEqual([])
  expect(ledger.balanced).toBe(true)
  const turnedAway = measured.whole.errors.find(({ code }) => code === 'QUEUE_FULL')?.count
  expect(countsOf(ledger, 'rejected')).toMatchObject({ client: turnedAway, api: turnedAway })
})

test('a run straight at the model server is not, although the API is watched', async () => {
  const { run: measured, ledger } = await run(`openai:${stack.simulator.url}`)
  expect(measured.target).not.toHaveProperty('throughApi')
  expect(ledger.parties).toEqual(['client', 'vllm'])
  expect(ledger.balanced).toBe(true)
  expect(ledger.notes).toContain('The model server was driven directly; there is no API to count.')
})
