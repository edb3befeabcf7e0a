import { expect, test } from 'vitest'
import { Admission } from './admission.ts'

const never = new AbortController().signal

function create(options: { maxActive?: number; maxQueued?: number; queueTimeoutMs?: number } = {}): {
  admission: Admission
  levels: [number, number][]
} {
  const levels: [number, number][] = []
  const admission = new Admission(
    { maxActive: 1, maxQueued: 10, queueTimeoutMs: 60_000, ...options },
    (active, queued) => levels.push([active, queued]),
  )
  return { admission, levels }
}

function enter(
  admission: Admission,
  owner = 'a',
  onPosition: (position: number) => void = () => {},
  signal = never,
): Promise<() => void> {
  void admission.reserve()
  return admission.enter(owner, onPosition, signal)
}

test('serves one owner first in, first out', async () => {
  const { admission } = create()
  const served: number[] = []
  const leave = await enter(admission)
  const rest = [1, 2, 3].map(async (n) => {
    const done = await enter(admission)
    served.push(n)
    done()
  })
  leave()
  await Promise.all(rest)
  expect(served).toEqual([1, 2, 3])
  expect([admission.active, admission.queued]).toEqual([0, 0])
})

test('owners take turns: one who asks for much does not hold up one who asks for little', async () => {
  const { admission } = create({ maxQueued: 100 })
  const served: string[] = []
  const leave = await enter(admission, 'greedy')
  const wait = async (owner: string): Promise<void> => {
    const done = await enter(admission, owner)
    served.push(owner)
    done()
  }
  const all = Array.from({ length: 10 }, () => wait('greedy'))
  all.push(wait('modest'), wait('other'), wait('modest'))
  leave()
  await Promise.all(all)
  expect(served.slice(0, 6)).toEqual(['greedy', 'modest', 'other', 'greedy', 'modest', 'greedy'])
  expect(served.length).toBe(13)
})

test('tells positions, by turns, and again as they change', async () => {
  const { admission } = create()
  const leave = await enter(admission)
  const told: Record<string, number[]> = { first: [], second: [], other: [] }
  const waiting = [
    enter(admission, 'a', (position) => told['first']?.push(position)),
    enter(admission, 'a', (position) => told['second']?.push(position)),
    enter(admission, 'b', (position) => told['other']?.push(position)),
  ]
  // Positions are told at once, in the order in which the turns will come.
  expect(told).toEqual({ first: [1], second: [2], other: [2] })
  leave()
  const next = await waiting[0]
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(told['first']).toEqual([1])
  expect(told['other']?.at(-1)).toBe(1)
  expect(told['second']?.at(-1)).toBe(2)
  next?.()
  for (const turn of [waiting[2], waiting[1]]) (await turn)?.()
})

test('is full when neither a turn nor a place to wait is left, and says when to come back', async () => {
  const { admission } = create({ maxActive: 2, maxQueued: 3 })
  for (let i = 0; i < 5; i++) await admission.reserve()
  await expect(admission.reserve()).rejects.toThrow(
    expect.objectContaining({
      code: 'QUEUE_FULL',
      details: { retryAfterMs: expect.any(Number) as number },
    }) as Error,
  )
  admission.unreserve()
  await admission.reserve()
  const places = Array.from({ length: 5 }, () => admission.enter('a', () => {}, never))
  await expect(admission.reserve()).rejects.toThrow('3 generations wait already')
  for (const place of places) (await place)()
  expect([admission.active, admission.queued]).toEqual([0, 0])
})

test('whoever waits too long is turned away and leaves no trace', async () => {
  const { admission, levels } = create({ queueTimeoutMs: 20 })
  const leave = await enter(admission)
  await expect(enter(admission)).rejects.toMatchObject({ code: 'QUEUE_TIMEOUT' })
  leave()
  expect(levels.at(-1)).toEqual([0, 0])
})

test('an abort while waiting gives the place up; one before it never takes it', async () => {
  const { admission } = create({ queueTimeoutMs: 1_000 })
  const leave = await enter(admission)
  const over = new AbortController()
  const waiting = enter(admission, 'a', () => {}, over.signal)
  const behind = enter(admission)
  over.abort(new Error('stopped'))
  await expect(waiting).rejects.toThrow('stopped')
  await expect(enter(admission, 'a', () => {}, over.signal)).rejects.toThrow('stopped')
  leave()
  ;(await behind)()
  expect([admission.active, admission.queued]).toEqual([0, 0])
  await expect(enter(admission, 'a', () => {}, over.signal)).rejects.toThrow('stopped')
  expect([admission.active, admission.queued]).toEqual([0, 0])
})
