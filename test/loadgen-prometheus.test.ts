import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseRun } from '@slicechat/run'
import { analyse } from '@slicechat/run/analysis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ReverseProxy, startReverseProxy } from './stack/reverse-proxy.ts'
import { loadgen, startLoadgen } from './stack/loadgen.ts'
import { hasPrometheus, Prometheus } from './stack/prometheus.ts'
import { Stack } from './stack/stack.ts'

if (!hasPrometheus)
  console.warn("prometheus was not found: install Debian's package prometheus to run against it.")

const TOKEN = 'token-0123456789abcdef'

let folder: string
let tokenFile: string
let stack: Stack
let prometheus: Prometheus
let runs = 0

beforeAll(async () => {
  if (!hasPrometheus) return
  folder = await mkdtemp(join(tmpdir(), 'slicechat-prometheus-'))
  tokenFile = join(folder, 'token')
  await writeFile(tokenFile, `${TOKEN}\n`)
  stack = await Stack.start({ simulator: { SIM_TTFT: '20ms', SIM_ITL: '4ms' } })
  const [api = '', vllm = ''] = [stack.api.ready[2] ?? '', stack.simulatorUrl].map((url) => new URL(url).host)
  prometheus = await Prometheus.start({ api: [api], vllm: [vllm] })
  await prometheus.until('count(up == 1) == 2')
})

afterAll(async () => {
  if (!hasPrometheus) return
  await prometheus[Symbol.asyncDispose]()
  await stack[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** A proxy in front of Prometheus that refuses requests without the token, as in clusters. */
const guarded = (): Promise<ReverseProxy> =>
  startReverseProxy(prometheus.url, ({ headers }, response) => {
    if (headers.authorization === `Bearer ${TOKEN}`) return true
    response.writeHead(401).end('Unauthorized\n')
    return false
  })

const nextRun = (): { out: string; args: string[] } => {
  const out = join(folder, String(++runs))
  const set = [
    ...['executor.duration=3s', 'warmUp=0', 'coolDown=0', 'slo.ttft=60s', 'slo.interToken=60s'],
    ...['thresholds.1=ttft.p95 < 60s', 'thresholds.2='],
  ]
  const args = ['run', 'smoke', '--target', stack.apiUrl, '--out', out]
  return { out, args: [...args, ...set.flatMap((one) => ['--set', one])] }
}

const runOf = async (out: string) => parseRun(await readFile(join(out, 'run.json'), 'utf8'))

/** Expects that all three parties counted the same, and that two of the counts came from Prometheus. */
async function expectWitnessed(out: string): Promise<void> {
  const run = await runOf(out)
  expect(run.whole.succeeded).toBeGreaterThan(0)
  expect(run.witnesses.map(({ kind, source }) => [kind, source])).toEqual([
    ['api', 'prometheus'],
    ['vllm', 'prometheus'],
  ])
  const { balanced, rows } = analyse(run).ledger
  expect(balanced).toBe(true)
  const finished = rows.find(({ quantity }) => quantity === 'finished')?.counts
  expect(finished).toEqual({
    client: run.whole.succeeded,
    api: run.whole.succeeded,
    vllm: run.whole.succeeded,
  })
}

test.skipIf(!hasPrometheus)(
  'without its token: refused before any load, with the flag that is missing',
  async () => {
    await using gate = await guarded()
    const sent = await stack.count('chat_requests_total')
    const { code, stderr } = await loadgen([...nextRun().args, '--prometheus', gate.url])
    expect(code, stderr).toBe(78)
    expect(stderr).toContain(`--prometheus ${gate.url}`)
    expect(stderr).toContain('--prometheus-bearer-file')
    expect(await stack.count('chat_requests_total')).toBe(sent)
  },
)

test.skipIf(!hasPrometheus)('with its token it is the witness of a run', async () => {
  await using gate = await guarded()
  const { out, args } = nextRun()
  const { code, stderr } = await loadgen([...args, '--prometheus-bearer-file', tokenFile], {
    LOADGEN_PROMETHEUS: gate.url,
  })
  await expectWitnessed(out)
  expect(code, stderr).toBe((await runOf(out)).self.saturated ? 1 : 0)
})

test.skipIf(!hasPrometheus)(
  'gone at the end: the run fails, is there, and can be compared later',
  async () => {
    const gate = await guarded()
    const { out, args } = nextRun()
    const before = await stack.count('chat_requests_total')
    const bearer = ['--prometheus-bearer-file', tokenFile]
    const running = startLoadgen([...args, '--prometheus', gate.url, ...bearer])
    await expect
      .poll(() => stack.count('chat_requests_total'), { timeout: 20_000, interval: 50 })
      .toBeGreaterThan(before)
    await gate.close()
    const { code, stdout, stderr } = await running.ended
    const run = await runOf(out)
    expect(code, stderr).toBe(1)
    expect(run.witnesses).toEqual([])
    expect(stdout).toContain('Nobody else counted')
    expect(stderr).toMatch(/does not answer: .*; compare RUN --prometheus URL asks again/)

    const later = join(folder, 'later')
    const compared = await loadgen(['compare', out, '--prometheus', prometheus.url, '--out', later])
    expect(compared.code, compared.stderr).toBe(run.self.saturated ? 1 : 0)
    await expectWitnessed(later)
  },
)
