import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '@slicechat/simulator'
import { startStack, type Stack } from './stack.ts'
import { until } from './until.ts'

// leaks.test.ts runs this script in a separate process with --expose-gc. It runs hundreds of faulty generations, then
// counts the remaining resources and prints them as one line of JSON.

const faults: Fault[] = [
  { kind: 'refuse' },
  { kind: 'status', status: 400 },
  { kind: 'status', status: 401 },
  { kind: 'status', status: 404 },
  { kind: 'status', status: 429, retryAfter: 0 },
  { kind: 'status', status: 503 },
  { kind: 'hang' },
  { kind: 'stall', afterTokens: 4 },
  { kind: 'reset', afterTokens: 4 },
  { kind: 'error-event', afterTokens: 0, code: 503 },
  { kind: 'error-event', afterTokens: 4, code: 500 },
  { kind: 'truncate', afterTokens: 4 },
  { kind: 'malformed', afterTokens: 4 },
  { kind: 'split' },
]

interface Left {
  heapMb: number
  resources: Record<string, number>
  warnings: number
}

const warnings: string[] = []
process.on('warning', ({ name }) => warnings.push(name))

function left(): Left {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const resources: Record<string, number> = {}
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1
  return { heapMb: process.memoryUsage().heapUsed / 1e6, resources, warnings: warnings.length }
}

/** Runs faulty generations. Each fault matches the number of its generation, so that no other generation meets it. */
async function round(stack: Stack, from: number, count: number): Promise<void> {
  const client = stack.client()
  const wanted = Array.from({ length: count }, (_, i) => from + i)
  for (const n of wanted) {
    const fault = faults[n % faults.length]
    if (fault !== undefined) stack.simulator.faults.add({ ...fault, match: `#${n}#`, times: 2 } as Fault)
  }
  let next = 0
  await Promise.all(
    Array.from({ length: 50 }, async () => {
      for (let n = wanted[next++]; n !== undefined; n = wanted[next++]) {
        const answer = client.send({ content: `[[tokens=12]] #${n}# faulty` })
        const { generationId } = await answer.ids
        if (n % 5 === 0) {
          // A reader that joins and leaves before the end.
          const over = new AbortController()
          const reading = client.watch(generationId, { signal: over.signal }).next()
          over.abort()
          await reading.catch(() => {})
        }
        for await (const event of answer) if (event.type === 'finished') break
      }
    }),
  )
  client.close()
  stack.simulator.faults.clear()
  await until(async () => {
    const page = await stack.metrics()
    return page.sum('chat_stream_subscribers') + page.sum('chat_active_generations') === 0
  })
  // Idle keep-alive connections to the model server close within seconds.
  await sleep(5_000)
}

const stack = await startStack({
  env: { FIRST_TOKEN_TIMEOUT_S: '0.3', STALL_TIMEOUT_S: '0.3', UPSTREAM_RETRIES: '1', LOG_LEVEL: 'silent' },
})
await round(stack, 0, 200)
stack.logs.length = 0
const before = left()
await round(stack, 200, 1_000)
stack.logs.length = 0
const after = left()
const page = await stack.metrics()
const requests = page.requests()
const errors = page.sum('chat_upstream_errors_total')
await stack[Symbol.asyncDispose]()
process.stdout.write(`${JSON.stringify({ before, after, requests, errors, warnings })}\n`)
