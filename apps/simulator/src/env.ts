import { parseArgs } from 'node:util'
import { z } from 'zod'
import { BadConfiguration } from './bad-configuration.ts'
import { defaultOptions, type SimulatorOptions } from './options.ts'

const whole = (least: number, most: number) =>
  z.string().regex(/^\d+$/, 'a whole number').transform(Number).pipe(z.int().min(least).max(most))

/** `50ms`, `1.5s`, or a number of milliseconds. */
const duration = z
  .string()
  .regex(/^\d+(\.\d+)?(ms|s)?$/, 'a duration such as 50ms or 1.5s')
  .transform((text) => Number.parseFloat(text) * (/[^m]s$/.test(text) ? 1000 : 1))

const flag = z.enum(['true', 'false', '1', '0', '']).transform((text) => text === 'true' || text === '1')
const name = z.string().min(1)

/** Every setting: its flag, its variable, how it is read, what it means. One table for the code and the help. */
export const settings = {
  host: { env: 'SIM_HOST', schema: name, help: 'address to listen on' },
  port: { env: 'SIM_PORT', schema: whole(0, 65_535), help: 'port to listen on; 0 takes any free one' },
  'served-model-name': { env: 'SIM_MODEL', schema: name, help: 'model id; begins with sim/' },
  'max-model-len': { env: 'SIM_MAX_MODEL_LEN', schema: whole(64, 10_000_000), help: 'context in tokens' },
  'max-num-seqs': {
    env: 'SIM_MAX_NUM_SEQS',
    schema: whole(1, 1_000_000),
    help: 'sequences that run at once',
  },
  'api-key': { env: 'SIM_API_KEY', schema: name, help: 'bearer key(s), separated by commas' },
  'enable-per-request-metrics': {
    env: 'SIM_PER_REQUEST_METRICS',
    schema: flag,
    help: 'metrics beside the usage',
  },
  'enable-request-id-headers': {
    env: 'SIM_REQUEST_ID_HEADERS',
    schema: flag,
    help: 'X-Request-Id in responses',
  },
  'max-num-queued-reqs': {
    env: 'SIM_MAX_NUM_QUEUED_REQS',
    schema: whole(0, 1_000_000),
    help: 'requests that may wait or run',
  },
  ttft: { env: 'SIM_TTFT', schema: duration, help: 'fixed time to first token (with --itl)' },
  itl: { env: 'SIM_ITL', schema: duration, help: 'fixed time from token to token (with --ttft)' },
  seed: { env: 'SIM_SEED', schema: whole(0, 4_294_967_295), help: 'chooses the answers' },
  reasoning: { env: 'SIM_REASONING', schema: flag, help: 'answers begin with reasoning' },
} as const

type Setting = keyof typeof settings
const FLAGS: readonly Setting[] = ['enable-per-request-metrics', 'enable-request-id-headers', 'reasoning']

/** Reads the flags, and for what they do not set the environment. */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): SimulatorOptions {
  const problems: string[] = []
  const given = parseFlags(args, problems)
  const read = <T>(setting: Setting, schema: z.ZodType<T, string>): T | undefined => {
    const { env: variable } = settings[setting]
    const text = given[setting] ?? env[variable]
    if (text === undefined || (text === '' && given[setting] === undefined)) return undefined
    const result = schema.safeParse(text)
    if (result.success) return result.data
    const where = given[setting] === undefined ? variable : `--${setting}`
    problems.push(`${where}: ${result.error.issues[0]?.message ?? 'not understood'}, got "${text}"`)
    return undefined
  }
  const of = {
    host: read('host', settings.host.schema),
    port: read('port', settings.port.schema),
    servedModelName: read('served-model-name', settings['served-model-name'].schema),
    maxModelLen: read('max-model-len', settings['max-model-len'].schema),
    maxNumSeqs: read('max-num-seqs', settings['max-num-seqs'].schema),
    apiKeys: read('api-key', settings['api-key'].schema)?.split(','),
    enablePerRequestMetrics: read('enable-per-request-metrics', flag),
    enableRequestIdHeaders: read('enable-request-id-headers', flag),
    maxNumQueuedReqs: read('max-num-queued-reqs', settings['max-num-queued-reqs'].schema),
    ttftMs: read('ttft', duration),
    itlMs: read('itl', duration),
    seed: read('seed', settings.seed.schema),
    reasoning: read('reasoning', flag),
  }
  if ((of.ttftMs === undefined) !== (of.itlMs === undefined) && problems.length === 0)
    problems.push('--ttft and --itl (SIM_TTFT and SIM_ITL) go together: both or neither')
  if (problems.length > 0) throw new BadConfiguration(problems)
  const set = Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined))
  return { ...defaultOptions, ...set }
}

function parseFlags(args: readonly string[], problems: string[]): Partial<Record<Setting, string>> {
  const names = Object.keys(settings) as Setting[]
  const options = Object.fromEntries(
    names.map((setting) => [setting, { type: FLAGS.includes(setting) ? 'boolean' : 'string' } as const]),
  )
  // Not strict: the parser would stop at the first problem, and all are to be told.
  const { values, positionals } = parseArgs({ args: [...args], options, strict: false })
  for (const text of positionals) problems.push(`${text}: flags only, nothing beside them`)
  const given: Partial<Record<Setting, string>> = {}
  for (const [key, value] of Object.entries(values)) {
    const setting = names.find((name) => name === key)
    if (setting === undefined) problems.push(`--${key}: no such flag; --help lists them`)
    else if (typeof value === 'boolean' && !FLAGS.includes(setting)) problems.push(`--${key}: needs a value`)
    else given[setting] = String(value)
  }
  return given
}

/** The help text. */
export function usage(): string {
  const lines = Object.entries(settings).map(([setting, { env, help }]) => {
    const value = FLAGS.includes(setting as Setting) ? '' : ' VALUE'
    return `  ${`--${setting}${value}`.padEnd(34)} ${env.padEnd(24)} ${help}`
  })
  return `usage: npm run simulator -- [flags]\n\n${lines.join('\n')}\n`
}

export const environment: NodeJS.ProcessEnv = process.env
