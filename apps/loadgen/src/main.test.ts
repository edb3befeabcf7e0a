import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const main = fileURLToPath(new URL('main.ts', import.meta.url))

test.each(['stdout', 'stderr'] as const)('a reader of %s that goes away is no error', async (stream) => {
  const command = stream === 'stdout' ? 'help' : 'no-such-command'
  const child = spawn(process.execPath, [main, command])
  child[stream].destroy()
  const [code] = (await once(child, 'exit')) as [number]
  expect(code).toBe(stream === 'stdout' ? 0 : 64)
})
