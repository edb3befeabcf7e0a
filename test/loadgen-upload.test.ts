import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createChatClient } from '@slicechat/client'
import { parseRun, type Run } from '@slicechat/run'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startReverseProxy } from './stack/reverse-proxy.ts'
import { loadgen, type Outcome } from './stack/loadgen.ts'
import { Stack } from './stack/stack.ts'

const KEY = 'load-0123456789abcdef'
const FILES = ['report.html', 'requests.csv', 'run.json', 'summary.csv', 'summary.md']

let stack: Stack
let folder: string
let client: ReturnType<typeof createChatClient>
let runs = 0

beforeAll(async () => {
  stack = await Stack.start({
    simulator: { SIM_TTFT: '10ms', SIM_ITL: '2ms' },
    api: { API_KEYS: `load:${KEY}` },
  })
  client = createChatClient({ url: stack.apiUrl, apiKey: KEY })
  folder = await mkdtemp(join(tmpdir(), 'slicechat-upload-'))
})

afterAll(async () => {
  client.close()
  await stack[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

interface Uploaded extends Outcome {
  readonly out: string
  readonly run: Run
  /** The JSON on stdout. */
  readonly result: { exitCode: number }
}

/** Runs one second of load with `--upload`. Only counts are checked, so a busy machine does not fail the test. */
async function uploaded(
  target: string,
  { scenario = 'smoke', more = [] as readonly string[], key = KEY } = {},
): Promise<Uploaded> {
  const out = join(folder, String(++runs))
  const set = [
    ...['executor.duration=1s', 'warmUp=0', 'coolDown=0', 'slo.ttft=60s', 'slo.interToken=60s'],
    ...['thresholds.1=ttft.p95 < 60s', 'thresholds.2='],
  ]
  const outcome = await loadgen(
    [
      ...['run', scenario, '--target', target, '--out', out, '--no-witness', '--upload', '--json'],
      ...set.flatMap((one) => ['--set', one]),
      ...more,
    ],
    { LOADGEN_API_KEY: key },
  )
  const text = await readFile(join(out, 'run.json'), 'utf8').catch(() => {
    throw new Error(`no run was written; exit code ${outcome.code}\n${outcome.stderr}`)
  })
  return { ...outcome, out, run: parseRun(text), result: JSON.parse(outcome.stdout) as Uploaded['result'] }
}

const isUpload = (url = ''): boolean => url.startsWith('/trpc/runs.upload')
const stored = async (): Promise<string[]> => (await client.api.runs.list.query({})).items.map(({ id }) => id)

/**
 * Expects a measured run with a complete folder that the API does not have. Both the process and its JSON report the
 * error, by exit code 1.
 */
async function expectKept({ code, result, run, out, stderr }: Uploaded): Promise<void> {
  expect(code, stderr).toBe(1)
  expect(result.exitCode).toBe(1)
  expect(run.whole.succeeded, stderr).toBeGreaterThan(0)
  expect((await readdir(out)).sort()).toEqual(FILES)
  expect(await stored()).not.toContain(run.id)
}

/** Does what the error message advises: adds the file with the call that the page of load tests makes. */
async function addByHand({ out, run }: Uploaded): Promise<void> {
  const text = await readFile(join(out, 'run.json'), 'utf8')
  const { id, added } = await client.api.runs.upload.mutate({ run: JSON.parse(text) as Run })
  expect({ id, added }).toEqual({ id: run.id, added: true })
}

test('a run is in the API as it is in its folder', async () => {
  const { code, stderr, run, out } = await uploaded(stack.apiUrl)
  expect(code, stderr).toBe(run.self.saturated ? 1 : 0)
  expect(stderr).toContain(`Uploaded: the web app shows it at /runs/${run.id}`)
  const kept = await client.api.runs.get.query({ id: run.id })
  expect(kept).toEqual(JSON.parse(await readFile(join(out, 'run.json'), 'utf8')))
  const { items } = await client.api.runs.list.query({})
  expect(items.find(({ id }) => id === run.id)).toMatchObject({
    name: 'smoke',
    requests: run.whole.started,
    durationMs: run.durationMs,
    startedAt: new Date(run.startedAt).toISOString(),
    target: { kind: 'api', model: run.target.model, simulated: true },
  })
})

test('a key that is wrong from the start is refused before any load', async () => {
  const sent = await stack.count('chat_requests_total')
  await expect(uploaded(stack.apiUrl, { key: 'wrong-0123456789abcdef' })).rejects.toThrow(
    /exit code 78\n.*--api-key/,
  )
  expect(await stack.count('chat_requests_total')).toBe(sent)
})

test('a key that does not hold to the end: the run stays, and can be added by hand', async () => {
  await using gate = await startReverseProxy(stack.apiUrl, ({ url, headers }) => {
    if (isUpload(url)) headers.authorization = 'Bearer withdrawn-0123456789'
    return true
  })
  const load = await uploaded(gate.url, { more: ['--transport', 'sse'] })
  await expectKept(load)
  expect(load.stderr).toContain('Not uploaded (UNAUTHENTICATED: ')
  expect(load.stderr).toContain(`add ${join(load.out, 'run.json')} on the web app's page /runs`)
  await addByHand(load)
})

test('an API that is gone at the end: asked again, then as above', async () => {
  let asked = 0
  await using gate = await startReverseProxy(stack.apiUrl, async ({ url }) => {
    if (isUpload(url) && ++asked === 1) await stack.api.end('SIGKILL')
    return true
  })
  // A missed threshold gives exit code 99, an error gives 1, and the error takes precedence.
  const missed = ['--set', 'thresholds.1=ttft.p95 < 1ms']
  const load = await uploaded(gate.url, { more: ['--transport', 'sse', ...missed] })
  expect(asked).toBe(3)
  await stack.crashApi()
  await expectKept(load)
  expect(load.run.thresholds.map(({ passed }) => passed)).toContain(false)
  expect(load.stderr).toContain('Not uploaded (API_UNREACHABLE: ')
  expect(load.stderr).toContain(`add ${join(load.out, 'run.json')} on the web app's page /runs`)
  await addByHand(load)
})

test('a run that is too large to keep: its report is there all the same', async () => {
  const scenario = join(folder, 'large.yaml')
  await writeFile(
    scenario,
    JSON.stringify({
      name: 'large',
      description: 'x'.repeat(25 * 1024 * 1024),
      executor: { type: 'constant-vus', users: 2, duration: '1s' },
      conversation: { answer: 20 },
      thresholds: ['errors.rate < 1%'],
    }),
  )
  const load = await uploaded(stack.apiUrl, { scenario })
  await expectKept(load)
  expect(load.stderr).toContain('Not uploaded (BAD_INPUT: ')
  expect(load.stderr).toContain(`${join(load.out, 'report.html')} shows it all the same`)
  expect(load.stderr).not.toContain('/runs')
})

test('shards are merged and uploaded as one run', async () => {
  const { out, run } = await uploaded(stack.apiUrl)
  // Two copies of this run stand for the shards that two machines would have written.
  const shards = await Promise.all(
    [0, 1].map(async (index) => {
      const file = join(folder, `shard-${index}.json`)
      await writeFile(
        file,
        JSON.stringify({ ...run, id: randomUUID(), shard: { indices: [index], count: 2 } }),
      )
      return file
    }),
  )
  const merge = (...more: string[]) =>
    loadgen(
      [
        ...['merge', ...shards, '--upload', '--target', stack.apiUrl],
        ...['--out', join(folder, String(++runs)), ...more],
      ],
      { LOADGEN_API_KEY: KEY },
    )
  const merged = await merge()
  const said = `${merged.stdout}${merged.stderr}`
  const id = /web app shows it at \/runs\/(\S+)/.exec(said)?.[1]
  expect(id, said).toBeDefined()
  expect(await stored()).toContain(id)
  const kept = await client.api.runs.get.query({ id: id ?? '' })
  expect(kept.whole.started).toBe(2 * run.whole.started)
  const refused = await merge('--header', 'authorization=Bearer other')
  expect(refused.code).toBe(78)
  expect(refused.stderr).toContain('--header authorization')
  expect(await readdir(out)).toContain('run.json')
})
