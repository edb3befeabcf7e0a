import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSimulator } from '@slicechat/simulator'
import { expect, test } from 'vitest'
import { homeOf, MODEL } from './cpu-install.ts'

const { VLLM_URL = '', VLLM_API_KEY } = process.env
/** The sizes are known only for the model that `npm run test:vllm` serves. */
const config = join(homeOf(process.env), MODEL, 'config.json')
const isOurs = process.env.MODEL === MODEL && existsSync(config)

test.skipIf(!isOurs)('the simulator is calibrated to a real vLLM and takes the preset', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slicechat-calibrate-'))
  const out = join(folder, 'preset.json')
  const main = join(import.meta.dirname, '../../apps/simulator/src/main.ts')
  const flags = [
    ...['--url', VLLM_URL, '--out', out, '--model-config', config],
    ...['--bandwidth', '20', '--tflops', '0.2', '--memory', '16'],
    ...['--batches', '1,4', '--check-batch', '2', '--prompts', '32,128', '--seconds', '30'],
    ...(VLLM_API_KEY === undefined ? [] : ['--api-key', VLLM_API_KEY]),
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'calibrate', ...flags], {
    encoding: 'utf8',
    timeout: 150_000,
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(stdout).toContain('RMS of the relative errors')
  // The server itself reports when it began with a prompt, so no time before the engine had to be fitted.
  expect(stdout).not.toContain('before the engine')
  const { measured } = JSON.parse(readFileSync(out, 'utf8')) as {
    measured: { rms: number; points: { measuredMs: number }[] }
  }
  expect(measured.rms).toBeLessThan(0.5)
  for (const { measuredMs } of measured.points) expect(measuredMs).toBeGreaterThan(1)

  const simulator = await startSimulator({ port: 0, presetFile: out })
  const listed = await fetch(`${simulator.url}/v1/models`)
  // A preset simulates the server as it was started, with its context length, which is less than the model's.
  expect(await listed.json()).toMatchObject({ data: [{ id: `sim/${MODEL}`, max_model_len: 4096 }] })
  await simulator.close()
  rmSync(folder, { recursive: true })
})
