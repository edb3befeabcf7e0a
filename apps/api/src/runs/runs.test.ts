import { randomUUID } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import type { Run } from '@slicechat/run'
import { aLatencies, anInterval, aRun, aTally, times } from '@slicechat/run/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Stack, startStack } from '../testing/stack.ts'

const alice = 'alice-0123456789abcdef'
const bob = 'bob-0123456789abcdef'

let stack: Stack
let hers: ReturnType<Stack['client']>['api']['runs']
let his: typeof hers
beforeAll(async () => {
  stack = await startStack({ env: { API_KEYS: `alice:${alice},bob:${bob}` } })
  hers = stack.client({ apiKey: alice }).api.runs
  his = stack.client({ apiKey: bob }).api.runs
})
afterAll(() => stack[Symbol.asyncDispose]())

const someRun = (run: Partial<Run> = {}): Run => aRun({ id: randomUUID(), ...run })
const refused = (field: string) => ({ data: { code: 'BAD_INPUT', httpStatus: 400, field } })
const notFound = { data: { code: 'NOT_FOUND', httpStatus: 404 } }

test('a run comes back whole, and is listed with its figures', async () => {
  const whole = aTally({
    started: 10,
    succeeded: 9,
    failed: 1,
    completionTokens: 600,
    goodRequests: 8,
    errors: [{ code: 'QUEUE_FULL', count: 1, example: '<script>' }],
    latencies: aLatencies({ ttft: times(100, 200, 300), startDelay: times(...Array<number>(10).fill(1)) }),
  })
  const run = someRun({
    name: 'burst <b>',
    whole,
    slo: { ttftMs: 250 },
    intervals: [anInterval({ users: 3, ttft: times(100) }), anInterval({ atMs: 1000, users: 7 })],
    thresholds: [{ expression: 'errors.rate < 1%', value: 0.1, passed: false }],
  })
  expect(await hers.upload.mutate({ run })).toEqual({ id: run.id, added: true })
  expect(await hers.get.query({ id: run.id })).toEqual(run)
  const { items } = await hers.list.query({ query: 'BURST <' })
  expect(items).toEqual([
    {
      id: run.id,
      name: 'burst <b>',
      startedAt: new Date(run.startedAt).toISOString(),
      durationMs: 60_000,
      target: { kind: 'api', model: 'sim/qwen2.5-3b-instruct', simulated: false },
      peakUsers: 7,
      requests: 10,
      goodput: 0.8,
      ttftP95Ms: expect.closeTo(300, 0) as number,
      tokensPerSecond: 10,
      verdict: 'Missed: errors.rate < 1%.',
      sound: false,
    },
  ])
})

test('nothing of one owner is there for another', async () => {
  const run = someRun({ name: 'secret' })
  const { id } = await hers.upload.mutate({ run })
  await expect(his.get.query({ id })).rejects.toMatchObject(notFound)
  await expect(his.remove.mutate({ id })).rejects.toMatchObject(notFound)
  expect((await his.list.query({ query: 'secret' })).items).toEqual([])
  // An id that one owner uses is free for another, even for a different run.
  expect(await his.upload.mutate({ run: { ...run, name: 'his' } })).toEqual({ id, added: true })
  expect((await hers.get.query({ id })).name).toBe('secret')
  await his.remove.mutate({ id })
  expect((await hers.get.query({ id })).name).toBe('secret')
  await hers.remove.mutate({ id })
  await expect(hers.get.query({ id })).rejects.toMatchObject(notFound)
  await expect(hers.remove.mutate({ id })).rejects.toMatchObject(notFound)
})

test('the same run again is the same call, another one of its id is refused', async () => {
  const run = someRun()
  const both = await Promise.all([hers.upload.mutate({ run }), hers.upload.mutate({ run })])
  expect(both.map(({ added }) => added).sort()).toEqual([false, true])
  await expect(hers.upload.mutate({ run: { ...run, seed: 2 } })).rejects.toMatchObject(refused('run.id'))
  expect((await hers.get.query({ id: run.id })).seed).toBe(1)
})

test('the list is in pages, newest first, whatever the order of arrival', async () => {
  const starts = [5, 1, 3, 3, 4, 2, 3]
  for (const second of starts)
    await his.upload.mutate({ run: someRun({ name: 'paged 100%', startedAt: 1_700_000_000_000 + second }) })
  await his.upload.mutate({ run: someRun({ name: 'paged 1000' }) })
  const seen: { id: string; startedAt: string }[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof his.list.query>> = await his.list.query({
      query: 'paged 100%',
      limit: 3,
      cursor,
    })
    expect(page.items.length).toBeLessThanOrEqual(3)
    seen.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  expect(seen.map(({ startedAt }) => new Date(startedAt).getTime() - 1_700_000_000_000)).toEqual(
    starts.toSorted().reverse(),
  )
  expect(new Set(seen.map(({ id }) => id)).size).toBe(starts.length)
})

test('what is no run is refused with its path', async () => {
  const upload = (run: unknown) => hers.upload.mutate({ run: run as Run })
  const run = someRun({ intervals: [anInterval(), anInterval()] })
  const bad: [unknown, string][] = [
    [undefined, 'run'],
    [null, 'run'],
    ['run', 'run'],
    [{ ...run, schema: 'slicechat.run/2' }, 'run.schema'],
    [{ ...run, id: 'x' }, 'run.id'],
    [{ ...run, name: '' }, 'run.name'],
    [{ ...run, name: 'a\0' }, 'run.name'],
    [{ ...run, name: 'x'.repeat(201) }, 'run.name'],
    [{ ...run, startedAt: 1e300 }, 'run.startedAt'],
    [{ ...run, extra: 1 }, 'run.extra'],
    [{ ...run, intervals: [anInterval(), { ...anInterval(), users: 'many' }] }, 'run.intervals.1.users'],
    [{ ...run, intervals: [anInterval(), anInterval({ gap: 'bm8=' })] }, 'run.intervals.1.gap'],
    [{ ...run, whole: aTally({ latencies: aLatencies({ ttft: '' }) }) }, 'run.whole.latencies.ttft'],
    [{ ...run, scenario: { text: 'x'.repeat(25 * 1024 * 1024) } }, 'run'],
  ]
  for (const [input, field] of bad) await expect(upload(input), field).rejects.toMatchObject(refused(field))
  await expect(hers.get.query({ id: run.id })).rejects.toMatchObject(notFound)
})

test('a histogram that would unpack to far more than it is, or asks for a vast range, is none', async () => {
  const packed = (header: (head: Buffer) => void, size: number): string => {
    const head = Buffer.from(times(1), 'base64').subarray(0, 8)
    const body = Buffer.alloc(size)
    body.writeInt32BE(0x1c849303, 0)
    body.writeInt32BE(size - 40, 4)
    body.writeInt32BE(3, 12)
    body.writeBigInt64BE(1n, 16)
    body.writeBigInt64BE(7_200_000_000n, 24)
    body.writeDoubleBE(1, 32)
    header(body)
    return Buffer.concat([head, deflateSync(body)]).toString('base64')
  }
  for (const ttft of [
    packed(() => {}, 50_000_000),
    packed((head) => head.writeInt32BE(5, 12), 100),
    packed((head) => head.writeBigInt64BE(2n ** 53n - 1n, 24), 100),
  ])
    await expect(
      hers.upload.mutate({ run: someRun({ intervals: [anInterval({ ttft })] }) }),
    ).rejects.toMatchObject(refused('run.intervals.0.ttft'))
})

test('none of that was taken for a defect of ours', () => {
  expect(stack.logs.filter(({ level }) => Number(level) >= 50)).toEqual([])
})
