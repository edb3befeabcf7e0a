import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseRun } from '@slicechat/run'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Loadgen, startLoadgen } from './stack/loadgen.ts'
import { Stack } from './stack/stack.ts'

const USERS = 2
const ANSWER_MS = 60_000
const POLL = { timeout: 20_000, interval: 50 }

let stack: Stack
let folder: string
let runs = 0

beforeAll(async () => {
  stack = await Stack.start({ simulator: { SIM_TTFT: '10ms', SIM_ITL: '2ms' } })
  folder = await mkdtemp(join(tmpdir(), 'slicechat-interrupt-'))
})

afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

interface Stuck extends AsyncDisposable {
  readonly out: string
  readonly running: Loadgen
  readonly rows: () => Promise<string[]>
}

/** A run in which some answers have ended, and each user waits for one that takes a minute. */
async function stuckRun(more: readonly string[] = []): Promise<Stuck> {
  const out = join(folder, String(++runs))
  const running = startLoadgen([
    ...['run', 'smoke', '--target', stack.apiUrl, '--out', out],
    ...['--set', `executor.users=${USERS}`, '--set', 'executor.duration=2m', '--set', 'warmUp=0'],
    ...['--scrape', `api=${stack.api.ready[2] ?? ''}`, '--scrape', `vllm=${stack.simulatorUrl}/metrics`],
    ...more,
  ])
  const rows = async (): Promise<string[]> =>
    (await readFile(join(out, 'requests.csv'), 'utf8').catch(() => '')).split('\n').slice(1, -1)
  await expect.poll(rows, POLL).not.toEqual([])
  await stack.fault({ kind: 'stall', afterTokens: 3, ms: ANSWER_MS, times: USERS })
  // Waits until the fault has caught each user once.
  await expect.poll(faults, POLL).toEqual({ faults: [] })
  return {
    out,
    running,
    rows,
    [Symbol.asyncDispose]: async () => {
      running.process.kill('SIGKILL')
      await running.ended
    },
  }
}

const faults = async (): Promise<unknown> => (await fetch(`${stack.simulatorUrl}/sim/faults`)).json()
const stopped = (): Promise<number> => stack.count('chat_requests_total', { status: 'cancelled' })

type Interrupt = (process: ChildProcess) => void
test.each<[string, number, Interrupt]>([
  ['Ctrl-C', 1, (process) => process.kill('SIGINT')],
  ['Ctrl-C', 2, (process) => process.kill('SIGINT')],
  // `timeout` signals npm's whole process group and run.mjs forwards the signal, so the load tester gets it twice.
  ['SIGTERM twice', 1, (process) => process.kill('SIGTERM') && process.kill('SIGTERM')],
  ['its parent is gone', 1, (process) => process.disconnect()],
])(
  '%s: answers under way are stopped, all files are there; workers: %i',
  async (_name, workers, interrupt) => {
    const before = await stopped()
    await using stuck = await stuckRun(['--workers', String(workers)])
    interrupt(stuck.running.process)
    const { code, stdout, stderr } = await stuck.running.ended
    expect(code, stderr).toBe(130)
    const run = parseRun(await readFile(join(stuck.out, 'run.json'), 'utf8'))
    expect(run.cutShort).toBe('The run was interrupted.')
    expect(run.durationMs, stderr).toBeLessThan(ANSWER_MS)
    expect(run.whole, stdout).toMatchObject({ unfinished: USERS, failed: 0 })
    expect(run.whole.succeeded, stdout).toBeGreaterThan(0)
    expect(await stuck.rows()).toHaveLength(run.whole.intended)
    expect(stdout).toContain('The ledger balances.')
    expect(existsSync(join(stuck.out, 'report.html'))).toBe(true)
    expect(await stopped()).toBe(before + USERS)
  },
)

test('Ctrl-C twice: it ends at once, with the requests that had ended', async () => {
  await using stuck = await stuckRun()
  const ended = await stuck.rows()
  // A suspended API does not confirm that answers were stopped, and an orderly end of the run would wait for that.
  stack.api.process.kill('SIGSTOP')
  try {
    stuck.running.process.kill('SIGINT')
    await stuck.running.said(/Ending: answers under way are stopped/)
    expect(stuck.running.process.exitCode).toBeNull()
    const asked = performance.now()
    stuck.running.process.kill('SIGINT')
    const { code, stdout } = await stuck.running.ended
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
    expect(performance.now() - asked).toBeLessThan(5_000)
  } finally {
    stack.api.process.kill('SIGCONT')
  }
  expect(existsSync(join(stuck.out, 'run.json'))).toBe(false)
  const kept = await stuck.rows()
  expect(kept).toEqual(expect.arrayContaining(ended))
  for (const row of kept) expect(row).toContain(',succeeded,')
})
