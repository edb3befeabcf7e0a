import { omitUndefined } from '@slicechat/contract'
import type { Environment } from '../env.ts'
import { durationText } from '../schema/duration.ts'
import type { ShortForms } from '../scenario/short-form.ts'
import type { TargetOptions } from '../target/open-target.ts'
import { caFlag, certificatesOf } from './ca-flag.ts'
import { flag, type Values } from './flag.ts'
import { requestFlags, requestOf } from './request-flags.ts'

/** The page of `npm start`: load takes the same path as people's browsers. */
const DEFAULT_TARGET = 'http://127.0.0.1:3000'

/** Flags of every command that talks to a Slicechat page or API. */
export const connectionFlags = {
  target: flag.text(
    'URL',
    `who is asked: a Slicechat page or API, or openai:URL for a model server without the API (LOADGEN_TARGET; default ${DEFAULT_TARGET}, the page of npm start)`,
  ),
  'api-key': flag.secret('KEY', 'the bearer key, where one is asked for (better: LOADGEN_API_KEY)'),
  header: requestFlags.header,
  ...caFlag,
} as const

/** @throws UsageProblem, InputProblem */
export function connectionOf(flags: Values<typeof connectionFlags>, env: Environment): TargetOptions {
  return {
    url: flags.target ?? env.LOADGEN_TARGET ?? DEFAULT_TARGET,
    apiKey: flags['api-key'] ?? env.LOADGEN_API_KEY,
    ca: certificatesOf(flags.ca),
    headers: requestOf({ header: flags.header, body: [] }).headers,
  }
}

/** Flags of every command that sends load. */
export const targetFlags = {
  ...connectionFlags,
  model: flag.text('ID', 'the model; default: the first that is listed (LOADGEN_MODEL)'),
  transport: flag.choice(['websocket', 'sse'], 'what answers come over; default websocket, as on the page'),
  sockets: flag.choice(['per-user', 'shared'], 'a connection for each user (default), or one for all'),
  body: requestFlags.body,
} as const

/** @throws UsageProblem, InputProblem */
export function targetOf(flags: Values<typeof targetFlags>, env: Environment): TargetOptions {
  return {
    ...connectionOf(flags, env),
    model: flags.model ?? env.LOADGEN_MODEL,
    transport: flags.transport,
    sockets: flags.sockets,
    ...requestOf(flags),
  }
}

/** Short forms of `--set` for what is changed most often. */
export const loadFlags = {
  users: flag.whole('N', 1, 'users at once; short for --set executor.users=N'),
  rate: flag.amount('N', 'conversations begun a second; short for --set executor.rate=N'),
  duration: flag.duration('TIME', 'how long conversations begin; short for --set executor.duration=TIME'),
} as const

export function shortFormsOf({ users, rate, duration }: Values<typeof loadFlags>): ShortForms {
  return omitUndefined({
    users: users?.toString(),
    rate: rate?.toString(),
    duration: duration === undefined ? undefined : durationText(duration),
  })
}

/** Flags of every command that reads a scenario. */
export const scenarioFlags = {
  set: flag.list('PATH=VALUE', 'changes the scenario, such as executor.users=20 or slo.ttft=1s'),
  seed: flag.whole('N', 0, 'chance begins here: the same seed sends the same conversations; default 1'),
} as const

export const DEFAULT_SEED = 1
