import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseRun } from '@slicechat/run'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadgen, type Outcome, startLoadgen } from './stack/loadgen.ts'
import { loseCount } from './stack/losing-proxy.ts'
import { Stack } from './stack/stack.ts'

let stack: Stack
let folder: string
let runs = 0

beforeAll(async () => {
  stack = await Stack.start({ simulator: { SIM_TTFT: '30ms', SIM_ITL: '4ms' } })
  folder = await mkdtemp(join(tmpdir(), 'slicechat-loadgen-'))
})

afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const nextFolder = (): string => join(folder, String(++runs))
/** The smoke scenario, shortened. */
const brief = ['smoke', '--set', 'executor.duration=3s', '--set', 'warmUp=0', '--set', 'coolDown=0']
const apiMetrics = (): string => stack.api.ready[2] ?? ''
const scrapes = (api = apiMetrics()): string[] => [
  ...['--scrape', `api=${api}`],
  ...['--scrape', `vllm=${stack.simulatorUrl}/metrics`],
]
const runOf = async (out: string) => parseRun(await readFile(join(out, 'run.json'), 'utf8'))

interface Result {
  exitCode: number
  self: { saturated: boolean }
  ledger: {
    balanced: boolean
    parties: string[]
    findings: string[]
    rows: { counts: Record<string, number | null> }[]
  }
}

/** On a busy machine a run may report, rightly, that the client was saturated. */
const unlessSaturated = (code: number, { saturated }: { saturated: boolean }): number =>
  saturated ? 1 : code

describe('run', () => {
  test('smoke through the web: thresholds met, and all count the same', async () => {
    const out = nextFolder()
    const args = ['run', ...brief, '--target', stack.url, '--out', out, ...scrapes(), '--json']
    const { code, stdout, stderr } = await loadgen(args)
    const result = JSON.parse(stdout) as Result
    expect(result.ledger, stderr).toMatchObject({ balanced: true, parties: ['client', 'api', 'vllm'] })
    for (const { counts } of result.ledger.rows)
      expect(new Set(Object.values(counts).filter((count) => count !== null)).size).toBe(1)
    expect(code).toBe(unlessSaturated(0, result.self))
    expect(result.exitCode).toBe(code)
    for (const file of ['report.html', 'summary.md', 'summary.csv', 'requests.csv'])
      expect(existsSync(join(out, file)), file).toBe(true)
    const run = await runOf(out)
    expect(run.target).toMatchObject({ transport: 'websocket', simulated: true })
    const rows = (await readFile(join(out, 'requests.csv'), 'utf8')).trim().split('\n')
    expect(rows).toHaveLength(run.whole.intended + 1)
  })

  test('says in words how it went, and writes over nothing', async () => {
    const out = nextFolder()
    const args = ['run', ...brief, '--target', stack.apiUrl, '--out', out, '--no-witness']
    const { stdout, stderr } = await loadgen(args)
    expect(stdout).toContain('first token')
    expect(stdout).toMatch(/Requests finished +\d+/)
    expect(stdout).toContain('report.html')
    expect(stderr).not.toContain('✗')
    const again = await loadgen(args)
    expect(again.code).toBe(78)
    expect(again.stderr).toContain('not empty')
  })

  test('a counter that loses one: 98, and the witness is named', async () => {
    await using page = await loseCount(apiMetrics(), /^chat_requests_total\{.*status="success"/, 1)
    const args = [
      'run',
      ...brief,
      '--target',
      stack.apiUrl,
      '--out',
      nextFolder(),
      ...scrapes(page.url),
      '--json',
    ]
    const { code, stdout } = await loadgen(args)
    const { ledger } = JSON.parse(stdout) as Result
    expect(code).toBe(98)
    expect(ledger.findings.join('\n')).toMatch(
      /the API (disagrees with the client and vLLM|contradicts itself)/,
    )
  })

  test('a missed threshold: 99', async () => {
    const out = nextFolder()
    const set = ['--set', 'thresholds.1=ttft.p95 < 1ms']
    const { code } = await loadgen(['run', ...brief, ...set, '--target', stack.apiUrl, '--out', out])
    expect(code).toBe(unlessSaturated(99, (await runOf(out)).self))
  })

  test('Ctrl-C: a valid partial run with its files, 130', async () => {
    const out = nextFolder()
    const args = ['run', 'smoke', '--set', 'executor.duration=60s', '--target', stack.apiUrl, '--out', out]
    const running = startLoadgen([...args, ...scrapes()])
    await running.said(/complete/)
    running.process.kill('SIGINT')
    const { code, stdout } = await running.ended
    expect(code).toBe(130)
    expect(stdout).toContain('The ledger balances.')
    const run = await runOf(out)
    expect(run.cutShort).toMatch(/interrupted/)
    expect(run.durationMs).toBeLessThan(60_000)
    expect(existsSync(join(out, 'report.html'))).toBe(true)
  })

  test('an API that dies: a run with its errors', async () => {
    const out = nextFolder()
    const args = ['run', 'smoke', '--set', 'executor.duration=10s', '--target', stack.apiUrl, '--out', out]
    const running = startLoadgen([...args, ...scrapes()])
    await running.said(/complete/)
    await stack.api.end('SIGKILL')
    const { code, stdout, stderr } = await running.ended
    await stack.crashApi()
    const run = await runOf(out)
    expect(run.whole.failed).toBeGreaterThan(0)
    expect(run.whole.succeeded).toBeGreaterThan(0)
    expect(stdout).toContain('Errors')
    expect(stderr).toMatch(/api \(http.*\) was lost: it said nothing after \d/)
    expect(code).toBe(1)
  })
})

describe('what is wrong is named before any load is sent', () => {
  const before = async () => stack.count('chat_requests_total')
  const refused: [string, string[], number, RegExp][] = [
    [
      'an unknown flag',
      ['run', 'smoke', '--tarrget', 'x'],
      64,
      /--tarrget: no such flag; did you mean --target\?/,
    ],
    ['an unknown command', ['rum', 'smoke'], 64, /did you mean run\?/],
    ['no scenario', ['run'], 64, /SCENARIO is missing/],
    ['an unknown scenario', ['run', 'smok'], 78, /Did you mean smoke\?/],
    ['an impossible value', ['run', 'smoke', '--set', 'executor.users=-1'], 78, /executor\.users/],
    [
      'an unreachable target',
      ['run', 'smoke', '--target', 'http://127.0.0.1:9'],
      78,
      /--target: no Slicechat API/,
    ],
    ['a run that is none', ['report', 'package.json'], 78, /package\.json: schema/],
  ]
  test.each(refused)('%s', async (_what, args, expected, message) => {
    const { code, stderr, stdout } = await loadgen(args)
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' })
    expect(stderr).toMatch(message)
  })

  test('every problem of a scenario, with its path', async () => {
    const file = join(folder, 'bad.yaml')
    await writeFile(
      file,
      'name: bad\nexecutor: { type: constant-vus, users: 0, duration: 5s }\nconversatoin: {}\nslo: { ttft: soon }\n',
    )
    const { code, stderr } = await loadgen(['run', file])
    expect(code).toBe(78)
    for (const path of ['executor.users', 'conversatoin', 'slo.ttft']) expect(stderr).toContain(path)
  })

  test('a witness that does not answer', async () => {
    const sent = await before()
    const args = ['run', ...brief, '--target', stack.apiUrl, '--scrape', 'api=http://127.0.0.1:9/metrics']
    const { code, stderr } = await loadgen(args)
    expect(code).toBe(78)
    expect(stderr).toContain('--scrape api=http://127.0.0.1:9/metrics')
    expect(await before()).toBe(sent)
  })
})

/**
 * Runs both shards of a run. On a busy machine a process may be ready after the start time; both then agree on a later
 * one.
 */
async function twoShards(leadMs = 3_000): Promise<{ outs: string[]; shards: Outcome[] }> {
  const outs = [nextFolder(), nextFolder()]
  const startAt = new Date(Date.now() + leadMs).toISOString()
  const args = ['run', ...brief, '--target', stack.apiUrl, '--start-at', startAt, '--quiet']
  args.push('--scrape', `api=${apiMetrics()}`)
  const shards = await Promise.all(
    outs.map((out, index) => loadgen([...args, '--shard', `${index}/2`, '--out', out])),
  )
  const late = shards.some(({ stderr }) => stderr.includes('is past'))
  return late && leadMs < 30_000 ? twoShards(30_000) : { outs, shards }
}

test('shards are merged into one run', async () => {
  const { outs, shards } = await twoShards()
  // Each shard's metrics pages contain the other shard's requests, which must not fail its ledger.
  for (const { code, stderr } of shards) expect(code, stderr).not.toBe(98)
  const merged = nextFolder()
  const { code, stdout, stderr } = await loadgen(['merge', ...outs, '--out', merged])
  expect(stdout, stderr).toContain('Files')
  expect(code, stderr).not.toBe(98)
  const parts = await Promise.all(outs.map(runOf))
  const run = await runOf(merged)
  expect(run.whole.started).toBe(parts.reduce((sum, { whole }) => sum + whole.started, 0))
  const report = await loadgen(['report', ...outs, '--out', nextFolder()])
  expect(report.code).toBe(0)
}, 120_000)

test('probe: floor and ceiling of the transport', async () => {
  const args = ['probe', '--target', stack.apiUrl, '--duration', '1s', '--connections', '5', '--json']
  const { code, stdout, stderr } = await loadgen(args)
  expect(code, stderr).toBe(0)
  const { measured } = JSON.parse(stdout) as {
    measured: { requestsPerSecond: number; firstContentMs: unknown }[]
  }
  expect(measured).toHaveLength(6)
  for (const { requestsPerSecond, firstContentMs } of measured) {
    expect(requestsPerSecond).toBeGreaterThan(0)
    expect(firstContentMs).not.toBeNull()
  }
})
