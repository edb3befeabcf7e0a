import { resolve } from 'node:path'
import { Children } from '../children.ts'
import { describeMachine } from '../machine.ts'
import { canMeter, cpuMicros } from '../process-meter.ts'
import { type Caller, startCallers } from './callers.ts'
import { startSimulator } from './routes.ts'
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
  caller: string
  procedure: StartProcedure
  round: number
  cpuMsPerAnswer: number
  answersPerSecond: number
}

/**
 * `npm run bench -- api --starts [--rounds 3] [--against CHECKOUT] [--profile FOLDER]`: 2,000 answers of 5 tokens at 20
 * streams, over each way to begin one, for each way to be known.
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
  const callers = await startCallers(children, {
    target,
    profile,
    against: against === undefined ? undefined : resolve(against),
  })
  const procedures: StartProcedure[] = ['generations.start', 'conversations.send']
  for (const caller of callers) for (const procedure of procedures) await answer(caller, procedure, WARM_UP)

  const costs: Cost[] = []
  for (let round = 1; round <= Number(options.rounds ?? 3); round++)
    for (const procedure of procedures)
      for (const caller of callers) {
        const [cpu, at] = [cpuMicros(caller.pid), performance.now()]
        await answer(caller, procedure, ANSWERS)
        const cpuMsPerAnswer = (cpuMicros(caller.pid) - cpu) / ANSWERS / 1_000
        const answersPerSecond = ANSWERS / ((performance.now() - at) / 1_000)
        costs.push({ caller: caller.name, procedure, round, cpuMsPerAnswer, answersPerSecond })
      }
  print(costs)
  const settings = { answers: ANSWERS, tokens: ANSWER_TOKENS, streams: STREAMS, targetMs: TARGET_MS }
  console.log(JSON.stringify({ bench: 'api --starts', ...machine, ...settings, costs }))
}

/** Reads answers to their end, with as many users as there are streams. @throws when one fails */
async function answer({ url, headers }: Caller, procedure: StartProcedure, answers: number): Promise<void> {
  let left = answers
  const user = async (): Promise<void> => {
    const reader = new TrpcWebsocketUser(new URL(url), procedure, headers)
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
  for (const { caller, procedure, cpuMsPerAnswer } of costs) {
    const name = `${procedure}, ${caller}`
    rows.set(name, [...(rows.get(name) ?? []), cpuMsPerAnswer])
  }
  console.log(`${'CPU of the API for one answer'.padEnd(44)}${'best'.padStart(10)}${'rounds'.padStart(10)}`)
  for (const [name, values] of rows) {
    const all = values.map((value) => value.toFixed(2)).join(' ')
    console.log(`${name.padEnd(44)}${`${Math.min(...values).toFixed(2)} ms`.padStart(10)}    ${all}`)
  }
}
