import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startStackProcess } from './stack/stack-process.ts'

test.each([
  ['apps/simulator/src/main.ts', { SIM_PORT: '0', SIM_DCGM_PORT: '0' }, /http:/],
  ['apps/api/src/main.ts', { PORT: '0', METRICS_PORT: '0', DRAIN_TIMEOUT_S: '0' }, /api ready/],
  ['apps/web/server/main.ts', { PORT: '0', DRAIN_TIMEOUT_S: '1' }, /listening/],
])('%s ends on SIGTERM though nobody reads its log any more', async (script, env, ready) => {
  const folder = await mkdtemp(join(tmpdir(), 'slicechat-'))
  await using part = await startStackProcess(script, { ...env, DATA_DIR: folder }, ready)
  part.process.stdout?.destroy()
  part.process.stderr?.destroy()
  expect(await part.end('SIGTERM')).toBe(0)
  await rm(folder, { recursive: true })
})
