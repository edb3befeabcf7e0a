import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createChatClient } from '@slicechat/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleProgram } from '../../scripts/bundle/bundle.ts'
import { programs } from '../../scripts/bundle/programs.ts'
import { loadRun } from '../stack/load-run.ts'
import { startStackProcess } from '../stack/stack-process.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slicechat-bundles-'))
  for (const [name, program] of Object.entries(programs)) await bundleProgram(program, join(folder, name))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const main = (name: string): string => join(folder, name, 'main.js')

test('nothing of the repository or of node_modules is within reach of the bundles', () => {
  for (let at = folder; at !== dirname(at); at = dirname(at))
    expect(existsSync(join(at, 'node_modules')), at).toBe(false)
})

test('each bundle is below the 15 MB that an image may add', async () => {
  for (const name of Object.keys(programs)) {
    const files = await readdir(join(folder, name), { recursive: true, withFileTypes: true })
    const sizes = await Promise.all(
      files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
    )
    expect(sizes.reduce((sum, size) => sum + size) / 1e6, name).toBeLessThan(15)
  }
})

test('simulator, API, web and load tester run from their bundles alone', async () => {
  await using simulator = await startStackProcess(
    main('simulator'),
    { SIM_PORT: '0', SIM_DCGM_PORT: 'off', SIM_TTFT: '20ms', SIM_ITL: '2ms' },
    /(http:\/\/127\.0\.0\.1:\d+)/,
    folder,
  )
  await using api = await startStackProcess(
    main('api'),
    { PORT: '0', METRICS_PORT: '0', VLLM_URL: `${simulator.ready[1] ?? ''}/v1` },
    /"url":"(http:[^"]+)".*"msg":"api ready"/,
    folder,
  )
  await using web = await startStackProcess(
    main('web'),
    { PORT: '0', API_URL: api.ready[1] ?? '' },
    /"port":(\d+).*"listening"/,
    folder,
  )
  const url = `http://127.0.0.1:${web.ready[1] ?? ''}`

  const page = await (await fetch(url)).text()
  const script = /"(\.\/_app\/immutable\/entry\/start\.[^"]+\.js)"/.exec(page)?.[1]
  expect(script).toBeDefined()
  expect((await fetch(new URL(script ?? '', `${url}/`))).status).toBe(200)

  const client = createChatClient({ url })
  const answer = client.send({ content: 'Hello from a bundle' })
  let last: unknown
  for await (const event of answer) last = event
  expect(last).toMatchObject({ type: 'finished', reason: 'stop' })
  expect((await client.api.system.status.query()).version).toMatch(/^\d+\.\d+\.\d+$/)
  const { conversationId } = await answer.ids
  expect(await client.api.conversations.get.query({ id: conversationId })).toMatchObject({
    messages: [{ content: 'Hello from a bundle' }, { role: 'assistant' }],
  })
  client.close()

  // A shipped scenario, and one whose trace ships with it.
  const short = ['--duration', '1s', '--set', 'warmUp=0s', '--set', 'coolDown=0s', '--set', 'grace=2s']
  for (const [scenario, flags] of [
    ['smoke', short],
    ['trace-azure', ['--set', 'executor.speed=20']],
  ] as const) {
    const args = [scenario, ...flags, '--workers', '2', '--target', url]
    const { run, told } = await loadRun(args, main('loadgen'))
    expect(run.whole.succeeded, told).toBeGreaterThan(0)
    expect(run.whole.failed, told).toBe(0)
  }
})
