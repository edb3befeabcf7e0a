import { ChatError, type SystemStatus } from '@slicechat/client'
import type { ErrorCode } from '@slicechat/contract'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SystemWatch } from './system-watch.svelte.ts'

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }))
  vi.stubGlobal('window', new EventTarget())
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const up = { store: 'up', upstream: { reachable: true } } as SystemStatus
const failed = (code: ErrorCode) => new ChatError('', { code, retryable: true })

/** A watch that gets these answers, one every time that it asks. @returns the health after each, and what it told */
async function healths(...answers: (Partial<SystemStatus> | ErrorCode)[]) {
  const told: string[] = []
  const query = () => {
    const answer = answers.shift() ?? {}
    return typeof answer === 'string' ? Promise.reject(failed(answer)) : Promise.resolve({ ...up, ...answer })
  }
  const watch = new SystemWatch({ api: { system: { status: { query } } } } as never, {
    onStatus: () => told.push('status'),
    onRecovered: () => told.push('recovered'),
    onRefused: () => told.push('refused'),
  })
  const stop = watch.start()
  const seen: string[] = []
  for (let left = answers.length; left >= 0; left = Math.min(left - 1, answers.length)) {
    await vi.advanceTimersByTimeAsync(0)
    seen.push(watch.health)
    if (answers.length === 0) break
    await vi.advanceTimersToNextTimerAsync()
  }
  stop()
  expect(vi.getTimerCount()).toBe(0)
  return { seen, told }
}

test('a database that is away is said until it is back', async () => {
  expect(await healths({}, { store: 'down' }, {})).toEqual({
    seen: ['fine', 'store-down', 'fine'],
    told: ['recovered', 'status', 'status', 'recovered', 'status'],
  })
})

test('with accounts the API cannot even tell who asks without its database: that is no lost connection', async () => {
  expect(await healths({}, 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE', {})).toEqual({
    seen: ['fine', 'store-down', 'store-down', 'fine'],
    told: ['recovered', 'status', 'recovered', 'status'],
  })
  expect((await healths('STORE_UNAVAILABLE', 'API_UNREACHABLE', {})).seen).toEqual([
    'store-down',
    'api-unreachable',
    'fine',
  ])
})

test('of two troubles the one is said that matters more', async () => {
  const noModels = { upstream: { reachable: false } } as Partial<SystemStatus>
  expect((await healths({ ...noModels, store: 'down' }, noModels, 'UNAUTHENTICATED')).seen).toEqual([
    'store-down',
    'upstream-unreachable',
    'unknown',
  ])
})
