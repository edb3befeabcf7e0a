import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadgen } from './stack/loadgen.ts'

test('a result that is longer than a pipe holds arrives whole', async () => {
  await using cleanup = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'slicechat-output-'))
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  const text = `${JSON.stringify({
    name: 'wordy',
    description: 'x'.repeat(1024 * 1024),
    conversation: {},
    executor: { type: 'constant-vus', users: 1, duration: '1s' },
  })}\n`
  const file = join(folder, 'wordy.yaml')
  await writeFile(file, text)
  const { code, stdout, stderr } = await loadgen(['scenarios', file])
  expect(code, stderr).toBe(0)
  expect(stdout.length).toBe(text.length)
  expect(stdout.endsWith(text.slice(-100))).toBe(true)
})
