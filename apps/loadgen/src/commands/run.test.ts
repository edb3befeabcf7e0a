import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSimulator } from '@slicechat/simulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Console } from '../terminal/console.ts'
import { commandLine } from './command-line.ts'

let simulator: Awaited<ReturnType<typeof startSimulator>>
const folder = mkdtempSync(join(tmpdir(), 'run-'))
beforeAll(async () => (simulator = await startSimulator({ port: 0 })))
afterAll(async () => {
  await simulator.close()
  rmSync(folder, { recursive: true })
})

async function run(out: string, ...flags: string[]) {
  const said: string[] = []
  const console: Console = {
    live: false,
    columns: 80,
    draw: () => {},
    shown: (text) => text,
    file: (text) => void said.push(text),
    result: (text) => void said.push(text),
    message: (text) => void said.push(text),
    paint: (_style, text) => text,
    paintResult: (_style, text) => text,
  }
  const args = ['run', 'smoke', '--target', `openai:${simulator.url}`, '--out', join(folder, out), ...flags]
  const code = await commandLine(args, console, new AbortController().signal)
  return { code, said: said.join('\n') }
}

test('a run that a threshold ends says which, and its code is 99', async () => {
  simulator.faults.add({ kind: 'status', status: 503 })
  const flags = ['--duration', '10m', '--abort-on', 'errors.count < 3', '--set', 'warmUp=0']
  const { code, said } = await run('aborted', ...flags, '--header', 'X-Secret=never-written')
  simulator.faults.clear()
  expect(said).toContain('Aborting: errors.count < 3 was missed.')
  const written = JSON.parse(readFileSync(join(folder, 'aborted', 'run.json'), 'utf8')) as {
    self: { saturated: boolean }
    thresholds: { expression: string; passed: boolean; value: number }[]
  }
  // On a busy machine the client may be saturated, and that code comes first.
  expect(code, said).toBe(written.self.saturated ? 1 : 99)
  expect(written).toMatchObject({ cutShort: 'The run was aborted: errors.count < 3 was missed.' })
  expect(written.thresholds.at(-1)).toMatchObject({ expression: 'errors.count < 3', passed: false })
  const texts = readdirSync(join(folder, 'aborted'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.gz'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  expect([...texts, said].filter((text) => text.includes('never-written'))).toEqual([])
})
