import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { environment } from './configuration/env.ts'

const main = join(import.meta.dirname, 'main.ts')
// Off, because all simulators of a machine have the same default port for the exporter.
const env = { PATH: environment.PATH, SIM_DCGM_PORT: 'off' }

/** Runs the simulator until it ends by itself. */
const run = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      ['--no-warnings', main, ...args],
      { env },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })

test('a model that does not fit ends it with code 78 and the sum', async () => {
  const { code, stdout, stderr } = await run('--model', 'qwen2.5-7b-instruct', '--port', '0')
  expect(code).toBe(78)
  expect(stdout).toBe('')
  expect(stderr).toMatch(
    /^The simulator cannot start:\n {2}qwen2\.5-7b-instruct does not fit on a800-40gb:2g\.10gb/,
  )
  expect(stderr).toMatch(/\n {2}= +-6\.35 GiB {2}for the KV cache/)
  expect(stderr).toContain('--slice a800-40gb:3g.20gb')
})

test('everything that is wrong is told at once', async () => {
  const { code, stderr } = await run('--slice', 'none', '--preset', '/no/such.json', '--port', 'x')
  expect(code).toBe(78)
  for (const word of ['--slice (SIM_SLICE)', '/no/such.json', '--port:']) expect(stderr).toContain(word)
})

test('an address that cannot be listened on ends it with code 78 and the flag that helps', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const port = String((taken.address() as AddressInfo).port)
  const results = await Promise.all([
    run('--port', '0', '--host', 'nowhere.invalid'),
    run('--port', '0', '--host', '192.0.2.1'),
    run('--port', port),
    run('--port', '0', '--dcgm-port', port),
  ])
  taken.close()
  expect(results.map(({ code }) => code)).toEqual([78, 78, 78, 78])
  const [unknown, foreign, served, exported] = results.map(({ stderr }) => stderr)
  expect(unknown).toMatch(/^nowhere\.invalid is no address .*--host/)
  expect(foreign).toMatch(/^192\.0\.2\.1 is no address .*--host/)
  expect(served).toMatch(/is taken; SIM_PORT/)
  expect(exported).toMatch(/is taken; SIM_DCGM_PORT/)
})

test('--list-presets and --help end with 0', async () => {
  // With this flag the default preset could not start, but the list must still show the others.
  const [list, help] = await Promise.all([
    run('--list-presets', '--gpu-memory-utilization', '0.5'),
    run('--help'),
  ])
  expect([list.code, help.code]).toEqual([0, 0])
  expect(list.stdout).toMatch(/^slice +model/)
  expect(help.stdout).toContain('Slice and model:')
})

test('it says at its start what was chosen, and serves the model', async () => {
  const args = [
    '--no-warnings',
    main,
    '--port',
    '0',
    '--slice',
    'h100-80gb:1g.20gb',
    '--model',
    'qwen2.5-7b-instruct',
  ]
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    if (line.startsWith('simulated vLLM:')) break
  }
  expect(lines[0]).toMatch(
    /^qwen2\.5-7b-instruct on h100-80gb:1g\.20gb: KV cache of [\d,]+ tokens; \d+ tokens\/s alone, \d+ at 32$/,
  )
  const url = /http:\S+/.exec(lines.at(-1) ?? '')?.[0] ?? ''
  expect(await (await fetch(`${url}/v1/models`)).json()).toMatchObject({
    data: [{ id: 'sim/qwen2.5-7b-instruct', max_model_len: 32_768 }],
  })
  child.kill('SIGTERM')
  await once(child, 'exit')
})
