import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createChatClient } from '@slicechat/client'
import { startSimulator, type Simulator } from '@slicechat/simulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recorded } from './contract/recorded.ts'
import { startStackProcess } from './stack/stack-process.ts'

/** The complaints of `promtool check metrics` about a page, one per line. */
function complaints(page: string): string[] {
  const run = spawnSync('promtool', ['check', 'metrics'], { input: page, encoding: 'utf8' })
  if (run.error !== undefined) throw run.error
  return `${run.stdout}${run.stderr}`.split('\n').filter((line) => line !== '')
}

const page = async (url: string) => (await fetch(url)).text()
const isInstalled = spawnSync('promtool', ['--version']).status === 0

// Printed beside the skipped tests, since a test runner need not say why it skipped.
if (!isInstalled)
  console.warn("promtool was not found: install Debian's package prometheus to check the pages.")

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator({ port: 0, dcgmPort: 0, enableMfuMetrics: true })
})
afterAll(() => simulator.close())

test.skipIf(!isInstalled)("the simulator's page is faulted for vLLM's names and nothing else", async () => {
  const known = complaints(recorded('metrics-under-load.prom'))
  const aboutColon = /^vllm:\w+ metric names should not contain ':'$/
  expect(known.filter((line) => !aboutColon.test(line))).toEqual([
    'vllm:iteration_tokens_total non-counter metrics should not have "_total" suffix',
  ])
  const simulated = complaints(await page(`${simulator.url}/metrics`))
  expect(simulated.filter((line) => !known.includes(line))).toEqual([])
})

test.skipIf(!isInstalled)("the exporter's page has no faults but the real one's", async () => {
  const fixture = join(import.meta.dirname, '../apps/simulator/fixtures/dcgm-exporter/l40s.prom')
  const kinds = (of: string) => new Set(complaints(of).map((line) => line.replace(/^\w+ /, '')))
  const known = kinds(readFileSync(fixture, 'utf8'))
  const simulated = kinds(await page(`${simulator.dcgmUrl ?? ''}/metrics`))
  expect([...simulated].filter((kind) => !known.has(kind))).toEqual([])
})

test.skipIf(!isInstalled)("the API's page has no faults but in the names of Node's own gauges", async () => {
  await using api = await startStackProcess(
    'apps/api/src/main.ts',
    { PORT: '0', METRICS_PORT: '0', DATA_DIR: ':memory:', VLLM_URL: `${simulator.url}/v1` },
    /"url":"(http:[^"]+)","metricsUrl":"(http:[^"]+)".*"msg":"api ready"/,
  )
  const client = createChatClient({ url: api.ready[1] ?? '' })
  const reasons = []
  for await (const event of client.generate({ messages: [{ role: 'user', content: 'hi [[tokens=5]]' }] }))
    if (event.type === 'finished') reasons.push(event.reason)
  client.close()
  expect(reasons).toEqual(['stop'])
  // Dashboards for Node programs use these three gauges under the names that prom-client gave them.
  const ofNode = /^nodejs_active_(handles|requests|resources)_total non-counter/
  expect(complaints(await page(api.ready[2] ?? '')).filter((line) => !ofNode.test(line))).toEqual([])
})
