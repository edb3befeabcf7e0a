import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { makeLargeStore, type StoreLocation } from '@slicechat/api/testing/large-store'
import { createChatClient } from '@slicechat/client'
import { freePorts } from '../test/stack/free-ports.ts'
import { Children, printedUrl } from './children.ts'
import { describeMachine } from './machine.ts'
import { cpuMicros } from './process-meter.ts'
import { CALLS } from './store/calls.ts'
import { type Durations, durationsOf, printDurations } from './store/durations.ts'

const OWNER = 'local'
const FULL = { conversations: 10_000, messagesEach: 100, repeats: 30, starts: 500 }
const QUICK = { conversations: 200, messagesEach: 20, repeats: 3, starts: 20 }
/** Indexing a million messages takes minutes. */
const READY_MS = 30 * 60_000
/** What usual calls may take, at most. */
const TARGET_MS = 50

const root = join(import.meta.dirname, '..')

/**
 * `npm run bench -- store [--quick] [--at STORE --empty STORE]`: one owner with 10,000 conversations of 100 messages, over HTTP.
 * A STORE is a folder or the URL of a PostgreSQL database, and is kept; the one of `--at` is filled if it has nothing yet.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      at: { type: 'string' },
      empty: { type: 'string' },
    },
  })
  const size = values.quick ? QUICK : FULL
  const machine = describeMachine()
  await using children = new Children()
  const simulator = children.spawn([
    ...[process.execPath, '--no-warnings', join(root, 'apps/simulator/src/main.ts')],
    ...['--port', '0', '--dcgm-port', 'off', '--ttft', '1ms', '--itl', '1ms'],
  ] as [string, ...string[]])
  const vllm = `${await printedUrl(simulator, 'the simulator')}/v1`

  const store = locationOf(values.at ?? join(children.folder, 'large'))
  process.stderr.write('filling the store …\n')
  const filled = await makeLargeStore(store, { owner: OWNER, ...size }, (done) => {
    if (done % 1_000 === 0) process.stderr.write(`${done} of ${size.conversations} conversations\n`)
  })
  const textBytes = bytesIn(store)
  process.stderr.write('indexing …\n')
  const startedAt = performance.now()
  const large = await startApi(children, store, vllm)
  const indexMs = performance.now() - startedAt
  const indexBytes = bytesIn(store) - textBytes

  const results: Durations[] = []
  const client = createChatClient({ url: large.url })
  for (const { name, calls, usual, repeats = size.repeats } of CALLS) {
    const durations = await durationsOf(name, usual, repeats, cpuMsOf(large), (at) => calls(client, at))
    process.stderr.write(
      `${name}: p50 ${durations.p50} ms, p99 ${durations.p99} ms, CPU ${durations.cpu} ms\n`,
    )
    results.push(durations)
  }
  client.close()

  // The same starts in an empty store: the difference is what the size and its indexes cost.
  const empty = await startApi(children, locationOf(values.empty ?? join(children.folder, 'empty')), vllm)
  for (const [name, api] of [
    ['start, empty store', empty],
    ['start, large store', large],
    ['start, empty store, again', empty],
    ['start, large store, again', large],
  ] as const)
    results.push(await measureStarts(name, api, size.starts))

  printDurations(results, TARGET_MS)
  const figures = {
    ...(filled && store.DATABASE_URL === undefined
      ? { textMiB: toMiB(textBytes), indexMiB: toMiB(indexBytes) }
      : {}),
    ...(filled ? { indexSeconds: Number((indexMs / 1000).toFixed(1)) } : {}),
  }
  if (figures.textMiB !== undefined)
    console.log(`texts ${figures.textMiB} MiB, search index ${figures.indexMiB} MiB`)
  if (figures.indexSeconds !== undefined) console.log(`indexed in ${figures.indexSeconds} s`)
  console.log(JSON.stringify({ bench: 'store', ...machine, ...size, ...figures, results }))
}

interface RunningApi {
  url: string
  pid: number
}

const locationOf = (store: string): StoreLocation =>
  /^postgres(?:ql)?:/.test(store) ? { DATA_DIR: '', DATABASE_URL: store } : { DATA_DIR: store }

async function startApi(children: Children, store: StoreLocation, vllm: string): Promise<RunningApi> {
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const { pid } = children.spawn([process.execPath, '--no-warnings', join(root, 'apps/api/src/main.ts')], {
    VLLM_URL: vllm,
    ...(store.DATABASE_URL === undefined
      ? { DATA_DIR: store.DATA_DIR }
      : { DATA_DIR: children.folder, DATABASE_URL: store.DATABASE_URL }),
    HOST: '127.0.0.1',
    PORT: String(port),
    METRICS_PORT: '0',
    LOG_LEVEL: 'warn',
    DRAIN_TIMEOUT_S: '0',
  })
  for (const until = performance.now() + READY_MS; performance.now() < until; await sleep(50))
    if ((await fetch(`${url}/healthz`).catch(() => undefined))?.ok === true) return { url, pid }
  throw new Error(`the API did not answer within ${READY_MS / 60_000} minutes`)
}

const cpuMsOf =
  ({ pid }: RunningApi) =>
  (): number =>
    cpuMicros(pid) / 1000

/** New conversations with short answers, one after the other; until the first is acknowledged, and the CPU time for all of one. */
async function measureStarts(name: string, api: RunningApi, count: number): Promise<Durations> {
  const client = createChatClient({ url: api.url })
  const made: string[] = []
  const durations = await durationsOf(name, true, count, cpuMsOf(api), async () => {
    const startedAt = performance.now()
    const answer = client.send({ content: '一二三四五', params: { maxTokens: 5 } })
    made.push((await answer.ids).conversationId)
    const took = performance.now() - startedAt
    for await (const event of answer) void event
    return took
  })
  // A store that is kept stays as it was.
  for (const id of made) await client.api.conversations.remove.mutate({ id })
  client.close()
  return durations
}

/** Size of a store in files, in bytes; 0 in PostgreSQL. */
const bytesIn = ({ DATA_DIR: folder }: StoreLocation): number =>
  existsSync(folder)
    ? readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
    : 0

const toMiB = (bytes: number): number => Math.round(bytes / 2 ** 20)
