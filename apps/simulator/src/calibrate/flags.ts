import { parseArgs } from 'node:util'
import { z } from 'zod'
import { BadConfiguration } from '../configuration/bad-configuration.ts'
import { models } from '../presets/models.ts'
import { slices } from '../presets/slices.ts'

const whole = z.string().regex(/^\d+$/, 'a whole number').transform(Number).pipe(z.int().min(1))
const positive = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'a number')
  .transform(Number)
  .pipe(z.number().positive())
const list = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(whole))
  .transform((sizes) => [...new Set(sizes)].sort((a, b) => a - b))
const name = z.string().min(1)
const webUrl = z.url({ protocol: /^https?$/, error: 'an address such as http://host:8000/v1' })

const known = (names: readonly { readonly name: string }[]) => {
  const all = names.map((one) => one.name)
  return z.string().refine((text) => all.includes(text), { error: `not known; known are ${all.join(', ')}` })
}

/** Every flag: its schema, its default and its meaning. The parser and the help text both use this table. */
const flags = {
  url: { schema: webUrl, help: 'the server: http://host:8000/v1' },
  model: { schema: name, help: 'model id at the server; default its only one' },
  'api-key': { schema: name, help: 'bearer key' },
  slice: { schema: known(slices), help: 'what it runs on, of the presets' },
  bandwidth: { schema: positive, help: 'or, of other hardware: peak memory bandwidth, GB/s' },
  tflops: { schema: positive, help: '  peak of dense bf16, TFLOP/s' },
  memory: { schema: positive, help: '  memory, GiB' },
  'model-preset': { schema: known(models), help: 'what it serves, of the presets' },
  'model-config': { schema: name, help: "or the model's config.json from Hugging Face" },
  out: { schema: name, default: 'calibrated.json', help: 'the preset file to write' },
  batches: { schema: list, default: '1,8,32', help: 'concurrent requests to fit to; 1 is among them' },
  'check-batch': { schema: whole, default: '16', help: 'concurrent requests to predict, not fitted to' },
  prompts: { schema: list, default: '32,128,512', help: 'prompt lengths in tokens, about' },
  'max-num-batched-tokens': { schema: whole, default: '2048', help: "as the server's flag, if it was set" },
  seconds: { schema: positive, default: '120', help: 'repeats until then; one round at least' },
} as const

type Flag = keyof typeof flags
type Read<F extends Flag> = z.output<(typeof flags)[F]['schema']>

/** Options of `calibrate`: the server, the load and the output file. */
export interface CalibrateOptions {
  readonly url: URL
  readonly model: string | undefined
  readonly apiKey: string | undefined
  /** The name of a preset, or nominal peaks in bytes/s, FLOP/s and bytes. */
  readonly hardware:
    string | { readonly bandwidth: number; readonly flops: number; readonly memoryBytes: number }
  /** The name of a preset, or the path of a `config.json`. */
  readonly sizes: { readonly preset: string } | { readonly config: string }
  readonly out: string
  readonly batches: readonly number[]
  readonly checkBatch: number
  readonly prompts: readonly number[]
  readonly maxNumBatchedTokens: number
  readonly seconds: number
}

/** Reads the flags. @throws BadConfiguration with everything that is wrong. */
export function readFlags(args: readonly string[]): CalibrateOptions {
  const problems: string[] = []
  const given = parse(args, problems)
  const read = <F extends Flag>(flag: F): Read<F> | undefined => {
    const text = given[flag]
    if (text === undefined) return undefined
    const result = (flags[flag].schema as z.ZodType as z.ZodType<Read<F>>).safeParse(text)
    if (result.success) return result.data
    problems.push(`--${flag}: ${result.error.issues[0]?.message ?? 'not understood'}, got "${text}"`)
    return undefined
  }
  const url = read('url')
  if (given.url === undefined) problems.push('--url: is needed, such as http://host:8000/v1')
  const hardware = exactlyOne(given, problems, ['slice'], ['bandwidth', 'tflops', 'memory'])
  const sizes = exactlyOne(given, problems, ['model-preset'], ['model-config'])
  const peaks = { bandwidth: read('bandwidth'), tflops: read('tflops'), memory: read('memory') }
  const [slice, preset, config] = [read('slice'), read('model-preset'), read('model-config')]
  const batches = read('batches') ?? []
  if (batches.length > 0 && batches[0] !== 1) problems.push('--batches: 1 must be among them')
  const checkBatch = read('check-batch') ?? 0
  if (batches.includes(checkBatch))
    problems.push('--check-batch: is to be predicted, so it cannot be one of --batches')
  const options = {
    url: new URL(url ?? 'http://unknown'),
    model: read('model'),
    apiKey: read('api-key'),
    hardware:
      hardware === 'slice'
        ? (slice ?? '')
        : {
            bandwidth: (peaks.bandwidth ?? 0) * 1e9,
            flops: (peaks.tflops ?? 0) * 1e12,
            memoryBytes: Math.round((peaks.memory ?? 0) * 2 ** 30),
          },
    sizes: sizes === 'model-preset' ? { preset: preset ?? '' } : { config: config ?? '' },
    out: read('out') ?? '',
    batches,
    checkBatch,
    prompts: read('prompts') ?? [],
    maxNumBatchedTokens: read('max-num-batched-tokens') ?? 0,
    seconds: read('seconds') ?? 0,
  }
  if (problems.length > 0) throw new BadConfiguration(problems)
  return options
}

/** Checks that exactly one of two groups of flags is given, and all of that group. @returns the first given flag */
function exactlyOne(
  given: Partial<Record<Flag, string>>,
  problems: string[],
  one: readonly Flag[],
  other: readonly Flag[],
): Flag | undefined {
  const isGiven = (flag: Flag) => given[flag] !== undefined
  const [first, second] = [one, other].map((group) => group.map((flag) => `--${flag}`).join(', '))
  if (one.some(isGiven) === other.some(isGiven))
    problems.push(`${first ?? ''} or ${second ?? ''}: one of the two is needed, and not both`)
  else if (other.some(isGiven) && !other.every(isGiven)) problems.push(`${second ?? ''}: go together`)
  return [...one, ...other].find(isGiven)
}

function parse(args: readonly string[], problems: string[]): Partial<Record<Flag, string>> {
  const names = Object.keys(flags) as Flag[]
  const options = Object.fromEntries(names.map((flag) => [flag, { type: 'string' } as const]))
  // Not strict, because a strict parser stops at the first problem and all are to be reported.
  const { values, positionals } = parseArgs({ args: [...args], options, strict: false })
  for (const text of positionals) problems.push(`${text}: flags only, nothing beside them`)
  const given: Partial<Record<Flag, string>> = {}
  for (const flag of names) {
    const row = flags[flag]
    if ('default' in row) given[flag] = row.default
  }
  for (const [key, value] of Object.entries(values)) {
    const flag = names.find((one) => one === key)
    if (flag === undefined) problems.push(`--${key}: no such flag; calibrate --help lists them`)
    else if (typeof value !== 'string') problems.push(`--${key}: needs a value`)
    else given[flag] = value
  }
  return given
}

/** The help text. */
export function usage(): string {
  const lines = Object.entries(flags).map(([flag, row]) => {
    const standard = 'default' in row ? ` (${row.default})` : ''
    return `  ${`--${flag} VALUE`.padEnd(34)} ${row.help}${standard}`
  })
  return `usage: npm run simulator -- calibrate --url URL [flags]\n\n${lines.join('\n')}\n`
}
