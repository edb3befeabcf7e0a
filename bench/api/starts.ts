import { join, resolve } from 'node:path'
import { Children } from '../children.ts'
import { describeMachine } from '../machine.ts'
import { canMeter, cpuMicros } from '../process-meter.ts'
import { root, startApi, startSimulator } from './routes.ts'
import type { StartProcedure } from './trpc-start.ts'
import { TrpcWebsocketUser } from './trpc-websocket-user.ts'

const ANSWERS = 2_000
const ANSWER_TOKENS = 5
const STREAMS = 20
/** Answers before the measurement, so that the API's code is compiled. */
const WARM_UP = 2_000
const TARGET_MS = 1

/** CPU time of the API for one answer, with everything that an answer takes: start, five tokens to a reader, end. */
interface Cost {
  api: string
  procedure: StartProcedure
  round: number
  cpuMsPerAnswer: number
  answersPerSecond: number
}

/**
 * `npm run bench -- api --starts [--rounds 3] [--against CHECKOUT] [--profile FOLDER]`: 2,000 answers of 5 tokens at 20
 * streams, over each way to begin one: without keys, and with a key of the environment.
 */
export async function runStarts(options: {
  rounds?: string | undefined
  against?: string | undefined
  profile?: string | undefined
}): Promise<void> {
  const machine = describeMachine()
  if (!canMeter) throw new Error('CPU time of other processes is read on Linux only')
  await using children = new Children()
  const target = (await startSimulator(children, { ttftMs: 1, itlMs: 1 })).url
  const { profile, against } = options
  const apiKey = 'bench-0123456789abcdef'
  const checkouts = [
    { name: 'API', checkout: root, apiKey: undefined },
    { name: 'API with a key', checkout: root, apiKey },
    ...(against === undefined ? [] : [{ name: 'other API', checkout: resolve(against), apiKey: undefined }]),
  ]
  const apis = []
  for (const { name, checkout, apiKey } of checkouts) {
    const env = apiKey === undefined ? {} : { API_KEYS: `bench:${apiKey}` }
    const folder = join(children.folder, name)
    const api = await startApi(children, { checkout, target, profile, folder }, env)
    apis.push({ name, apiKey, ...api })
  }
  const procedures: StartProcedure[] = ['generations.start', 'conversations.send']
  for (const api of apis)
    for (const procedure of procedures) await answer(new URL(api.url), procedure, api.apiKey, WARM_UP)

  const costs: Cost[] = []
  for (let round = 1; round <= Number(options.rounds ?? 3); round++)
    for (const procedure of procedures)
      for (const { name, url, pid, apiKey } of apis) {
        const [cpu, at] = [cpuMicros(pid), performance.now()]
        await answer(new URL(url), procedure, apiKey, ANSWERS)
        const cpuMsPerAnswer = (cpuMicros(pid) - cpu) / ANSWERS / 1_000
        const answersPerSecond = ANSWERS / ((performance.now() - at) / 1_000)
        costs.push({ api: name, procedure, round, cpuMsPerAnswer, answersPerSecond })
      }
  print(costs)
  const settings = { answers: ANSWERS, tokens: ANSWER_TOKENS, streams: STREAMS, targetMs: TARGET_MS }
  console.log(JSON.stringify({ bench: 'api --starts', ...machine, ...settings, costs }))
}

/** Reads answers to their end, with as many users as there are streams. @throws when one fails */
async function answer(
  url: URL,
  procedure: StartProcedure,
  apiKey: string | undefined,
  answers: number,
): Promise<void> {
  let left = answers
  const user = async (): Promise<void> => {
    const reader = new TrpcWebsocketUser(url, procedure, apiKey)
    while (left-- > 0) await read(reader)
    reader.close()
  }
  await Promise.all(Array.from({ length: STREAMS }, user))
}

const read = (user: TrpcWebsocketUser): Promise<void> =>
  new Promise((resolve, reject) => {
    user.ask(ANSWER_TOKENS, {
      text: () => undefined,
      end: (tokens) =>
        tokens === ANSWER_TOKENS
          ? resolve()
          : reject(new Error(`${tokens} tokens instead of ${ANSWER_TOKENS}`)),
      fail: (reason) => reject(new Error(reason)),
    })
  })

function print(costs: readonly Cost[]): void {
  const rows = new Map<string, number[]>()
  for (const { api, procedure, cpuMsPerAnswer } of costs) {
    const name = `${api}, ${procedure}`
    rows.set(name, [...(rows.get(name) ?? []), cpuMsPerAnswer])
  }
  console.log(`${'CPU of the API for one answer'.padEnd(40)}${'best'.padStart(10)}${'rounds'.padStart(10)}`)
  for (const [name, values] of rows) {
    const all = values.map((value) => value.toFixed(2)).join(' ')
    console.log(`${name.padEnd(40)}${`${Math.min(...values).toFixed(2)} ms`.padStart(10)}    ${all}`)
  }
}
