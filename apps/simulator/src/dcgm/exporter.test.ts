import { parseExposition } from '@slicechat/metrics/reading'
import { expect, test } from 'vitest'
import { startSimulator } from '../index.ts'
import { ask } from '../testing/chat.ts'

const fixed = { port: 0, ttftMs: 1, itlMs: 0 }

test('the page is served on a port of its own, and says that the GPU is simulated', async () => {
  const simulator = await startSimulator({ ...fixed, dcgmPort: 0 })
  const response = await fetch(`${simulator.dcgmUrl}/metrics`)
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const page = parseExposition(await response.text())
  expect(page.sum('simulator_info')).toBe(1)
  expect(
    page.samples('DCGM_FI_PROF_GR_ENGINE_ACTIVE', { GPU_I_PROFILE: '2g.10gb', GPU_I_ID: '3' }),
  ).toHaveLength(1)
  expect((await fetch(`${simulator.dcgmUrl}/health`)).status).toBe(200)
  expect((await fetch(`${simulator.dcgmUrl}/nope`)).status).toBe(404)
  expect((await fetch(`${simulator.dcgmUrl}/metrics`, { method: 'POST' })).status).toBe(405)
  const { dcgmUrl } = simulator
  await simulator.close()
  await expect(fetch(`${dcgmUrl}/metrics`)).rejects.toThrow()
})

test('in a program there is none unless it is asked for', async () => {
  const simulator = await startSimulator(fixed)
  expect(simulator.dcgmUrl).toBeUndefined()
  await simulator.close()
})

test('when its port is taken nothing stays behind', async () => {
  const first = await startSimulator(fixed)
  const second = startSimulator({ ...fixed, dcgmPort: first.port })
  await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE', port: first.port })
  await first.close()
})

test('with fixed timing the card is idle', async () => {
  const simulator = await startSimulator({ ...fixed, dcgmPort: 0, dcgmIntervalMs: 100 })
  await (await ask(simulator, '[[tokens=50]]')).text()
  const page = parseExposition(await (await fetch(`${simulator.dcgmUrl}/metrics`)).text())
  expect(page.sum('DCGM_FI_PROF_GR_ENGINE_ACTIVE')).toBe(0)
  await simulator.close()
})

test('32 streams at once keep the GPU busy, most of all its memory', async () => {
  const simulator = await startSimulator({ port: 0, dcgmPort: 0, dcgmIntervalMs: 200 })
  const abort = new AbortController()
  const options = { stream: true, ignore_eos: true, max_tokens: 5000 }
  const responses = await Promise.all(
    Array.from({ length: 32 }, (_, n) => ask(simulator, `${n}`, options, abort.signal)),
  )
  for (const { body } of responses) body?.pipeTo(new WritableStream()).catch(() => undefined)
  const scrape = async () => parseExposition(await (await fetch(`${simulator.dcgmUrl}/metrics`)).text())
  const instance = { GPU_I_ID: '3' }
  await expect
    .poll(async () => (await scrape()).sum('DCGM_FI_PROF_GR_ENGINE_ACTIVE', instance), { timeout: 10_000 })
    .toBeGreaterThan(0.9)
  const page = await scrape()
  const dram = page.sum('DCGM_FI_PROF_DRAM_ACTIVE', instance) ?? NaN
  const tensor = page.sum('DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', instance) ?? NaN
  expect(dram).toBeGreaterThan(0.5)
  expect(tensor).toBeLessThan(dram)
  expect(page.sum('DCGM_FI_DEV_POWER_USAGE')).toBeGreaterThan(52)
  abort.abort()
  await simulator.close()
})
