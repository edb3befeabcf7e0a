import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { startSimulator } from '../index.ts'
import { readPresetFile } from '../configuration/preset-file.ts'
import { calibrate } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'slicechat-calibrate-'))
afterAll(() => rmSync(folder, { recursive: true }))

const out = join(folder, 'preset.json')
const small = { slice: 'l40s', model: 'qwen2.5-0.5b-instruct' }
const fast = ['--slice', 'l40s', '--model-preset', 'qwen2.5-0.5b-instruct', '--out', out]

async function run(...args: string[]) {
  const lines: string[] = []
  const keep = (line: string) => void lines.push(line)
  return { code: await calibrate(args, keep, keep), text: lines.join('\n') }
}

for (const enablePerRequestMetrics of [false, true])
  it(`measures a server over a socket and writes what can be simulated, metrics: ${enablePerRequestMetrics}`, async () => {
    await using server = disposable(await startSimulator({ port: 0, ...small, enablePerRequestMetrics }))
    const plan = ['--batches', '1,4', '--check-batch', '2', '--prompts', '32,256', '--seconds', '1']
    const { code, text } = await run('--url', `${server.url}/v1`, ...fast, ...plan)
    expect(text).toContain('RMS')
    expect(code).toBe(0)
    expect(text.includes('before the engine')).toBe(!enablePerRequestMetrics)
    const preset = readPresetFile(out)
    expect(preset.model.name).toBe('qwen2.5-0.5b-instruct')
    expect(preset.memory?.kvBlocks).toBeGreaterThan(1000)
    const measured = preset.measured as { rms: number; checks: { quantity: string; measured: number }[] }
    // The error depends on the load of the machine. The exactness of the fit has its own test.
    expect(measured.rms).toBeGreaterThanOrEqual(0)
    expect(measured.checks.map(({ quantity }) => quantity)).toContain('tokens/s, all')
    await using again = disposable(await startSimulator({ port: 0, presetFile: out }))
    expect(again.model).toBe('sim/qwen2.5-0.5b-instruct')
    for (const check of measured.checks) expect(check.measured).toBeGreaterThan(0)
  })

it('asks for nothing when the flags are wrong', async () => {
  const nowhere = ['--url', 'http://127.0.0.1:1/v1']
  expect(await run(...nowhere, '--slice', 'l40s')).toMatchObject({ code: 78 })
  const missing = await run(...nowhere, '--slice', 'l40s', '--model-config', join(folder, 'none/config.json'))
  expect(missing).toMatchObject({ code: 78, text: expect.stringContaining('ENOENT') as string })
  const unwritable = await run(...nowhere, ...fast, '--out', join(folder, 'none', 'x.json'))
  expect(unwritable).toMatchObject({ code: 78, text: expect.stringContaining('--out') as string })
  const aFolder = await run(...nowhere, ...fast, '--out', folder)
  expect(aFolder).toMatchObject({ code: 78, text: expect.stringContaining('EISDIR') as string })
})

it('names a server that is not there, a model that is not served, and a server of another kind', async () => {
  expect(await run('--url', 'http://127.0.0.1:1/v1', ...fast)).toMatchObject({
    code: 69,
    text: expect.stringContaining('http://127.0.0.1:1 cannot be reached') as string,
  })
  await using server = disposable(await startSimulator({ port: 0, apiKeys: ['secret'] }))
  const at = ['--url', server.url, ...fast]
  expect((await run(...at)).text).toContain('401')
  const other = await run(...at, '--api-key', 'secret', '--model', 'gpt')
  expect(other).toMatchObject({
    code: 69,
    text: expect.stringContaining(`it serves: ${server.model}`) as string,
  })
  expect(server.metricsText()).toMatch(/vllm:prompt_tokens_total\{[^}]*\} 0\b/)
  const page = createServer((_, response) => response.end('<html>')).listen(0, '127.0.0.1')
  await new Promise((resolve) => page.once('listening', resolve))
  const { port } = page.address() as AddressInfo
  expect((await run('--url', `http://127.0.0.1:${port}/v1`, ...fast)).text).toContain('no list of models')
  page.close()
})

it('leaves an older preset alone when it could not measure', async () => {
  writeFileSync(out, 'older')
  await using server = disposable(await startSimulator({ port: 0, maxNumSeqs: 1, ...small }))
  const { code, text } = await run('--url', server.url, ...fast, '--batches', '1,4', '--prompts', '32')
  expect(code).toBe(69)
  expect(text).toContain('never decoded together')
  expect(readFileSync(out, 'utf8')).toBe('older')
})

function disposable<T extends { close(): Promise<void> }>(server: T): T & AsyncDisposable {
  return Object.assign(server, { [Symbol.asyncDispose]: () => server.close() })
}
