import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)
const main = join(import.meta.dirname, '../bench/main.ts')

test('the bench of the API runs, and every token arrives every way', async () => {
  const { stdout } = await run(process.execPath, ['--no-warnings', main, 'api', '--quick'])
  const line = stdout.trim().split('\n').at(-1) ?? ''
  const { summary } = JSON.parse(line) as {
    summary: { way: string; answers: number; failures: string[] }[]
  }
  const ways = summary.map(({ way }) => way).filter((way) => way !== 'nginx')
  expect(ways).toEqual(['direct', 'bare proxy', 'API, WebSocket', 'API, SSE', 'openai door'])
  for (const { way, answers, failures } of summary) {
    expect({ way, failures }).toEqual({ way, failures: [] })
    expect(answers).toBeGreaterThan(0)
  }
})

test('an unknown bench is a wrong use, and says what there is', async () => {
  const failure: unknown = await run(process.execPath, [main, 'nothing']).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 64, stderr: expect.stringContaining('simulator') as string })
})
