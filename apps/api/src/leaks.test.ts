import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { ChatError } from '@slicechat/client'
import { ask, readAll } from './testing/reading.ts'
import { startStack } from './testing/stack.ts'

interface Left {
  heapMb: number
  resources: Record<string, number>
}
interface Report {
  before: Left
  after: Left
  requests: Record<string, number>
  errors: number
  warnings: string[]
}

test('a thousand faulty generations leave no socket, no timer and no memory behind', async () => {
  const script = fileURLToPath(new URL('./testing/leak-run.ts', import.meta.url))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--expose-gc', script])
  expect(stderr).toBe('')
  const { before, after, requests, errors, warnings } = JSON.parse(stdout) as Report
  for (const kind of ['Timeout', 'TCPSocketWrap', 'TCPServerWrap', 'Immediate'])
    expect(after.resources[kind] ?? 0, kind).toBeLessThanOrEqual((before.resources[kind] ?? 0) + 2)
  expect(after.heapMb - before.heapMb).toBeLessThan(10)
  expect(warnings).toEqual([])
  // Each of them is counted once. Those whose bytes were only split succeed.
  expect((requests['success'] ?? 0) + (requests['error'] ?? 0)).toBe(1_200)
  expect(errors).toBe(requests['error'])
}, 120_000)

test('of two thousand starts at once as many wait as may, the others are told when to come back', async () => {
  await using stack = await startStack({ env: { MAX_ACTIVE_GENERATIONS: '8', MAX_QUEUED: '100' } })
  const client = stack.client()
  await client.api.models.list.query()
  // No answer ends before all starts were sent.
  const running = await Promise.all(
    Array.from({ length: 8 }, () => client.generate(ask('[[tokens=100000]] long')).ids),
  )
  const before = process.memoryUsage().heapUsed
  const outcomes = await Promise.allSettled(
    Array.from({ length: 1_992 }, () => client.generate(ask('[[tokens=3]] now')).ids),
  )
  const accepted = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value.generationId] : []))
  const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as ChatError] : []))
  expect(accepted.length).toBe(100)
  expect(refused.length).toBe(1_892)
  for (const { code, retryable, retryAfterMs = 0 } of refused) {
    expect({ code, retryable }).toEqual({ code: 'QUEUE_FULL', retryable: true })
    expect(retryAfterMs).toBeGreaterThanOrEqual(1_000)
  }
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(300_000_000)
  const reading = accepted.map((id) => readAll(client.watch(id)))
  for (const { generationId } of running) await client.stop(generationId)
  const all = await Promise.all(reading)
  expect(all.filter(({ finished }) => finished.reason === 'stop').length).toBe(100)
  expect((await stack.metrics()).requests()).toEqual({ success: 100, cancelled: 8, rejected: 1_892 })
}, 180_000)
