import { parseArgs } from 'node:util'
import { z } from 'zod'
import { nearest } from '../scenario/nearest.ts'
import { durationInWords } from '../schema/duration.ts'
import { UsageProblem } from '../problems/usage-problem.ts'

/** One flag of a command. `value` is the name of its value in the help; a switch has none. */
export interface Flag<T> {
  readonly value: string | undefined
  readonly help: string
  /** May be given several times; the value is then a list. */
  readonly many: boolean
  /** Its value is secret: it is stored nowhere, and no message repeats it. */
  readonly secret?: boolean
  readonly schema: z.ZodType<T>
}

export type Flags = Readonly<Record<string, Flag<unknown>>>

/** The values of a table of flags; `undefined`: not given. */
export type Values<F extends Flags> = {
  readonly [Name in keyof F]: F[Name] extends Flag<infer T> ? T : never
}

export const flag = {
  switch: (help: string): Flag<boolean> => ({
    value: undefined,
    help,
    many: false,
    schema: z.boolean().default(false),
  }),
  text: (value: string, help: string): Flag<string | undefined> => ({
    value,
    help,
    many: false,
    schema: z.string().min(1, 'needs a value').optional(),
  }),
  list: (value: string, help: string): Flag<string[]> => ({
    value,
    help,
    many: true,
    schema: z.array(z.string().min(1, 'needs a value')).default([]),
  }),
  /** Like `text`. */
  secret: (value: string, help: string): Flag<string | undefined> => ({
    ...flag.text(value, help),
    secret: true,
  }),
  /** Like `list`. */
  secretList: (value: string, help: string): Flag<string[]> => ({ ...flag.list(value, help), secret: true }),
  choice: <const C extends readonly string[]>(choices: C, help: string): Flag<C[number] | undefined> => ({
    value: choices.join('|'),
    help,
    many: false,
    schema: z.enum(choices, { error: `is one of ${choices.join(', ')}` }).optional(),
  }),
  whole: (value: string, min: number, help: string, max = Infinity): Flag<number | undefined> => ({
    value,
    help,
    many: false,
    schema: number(z.int(`is a whole number`).min(min, `is at least ${min}`).max(max, `is at most ${max}`)),
  }),
  amount: (value: string, help: string): Flag<number | undefined> => ({
    value,
    help,
    many: false,
    schema: number(z.number().positive('is a number above 0')),
  }),
  /** `95%` or `0.95`. */
  share: (value: string, help: string): Flag<number | undefined> => ({
    value,
    help,
    many: false,
    schema: z
      .string()
      .regex(/^\d+(\.\d+)?%?$/, 'is a share such as 95% or 0.95')
      .transform((text) => Number.parseFloat(text) / (text.endsWith('%') ? 100 : 1))
      .refine((share) => share > 0 && share < 1, 'is a share between 0% and 100%')
      .optional(),
  }),
  /** In milliseconds. */
  duration: (value: string, help: string): Flag<number | undefined> => ({
    value,
    help,
    many: false,
    schema: durationInWords.optional(),
  }),
} as const

const number = (schema: z.ZodType<number, number>): z.ZodType<number | undefined> =>
  z
    .string()
    .regex(/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, 'is a number')
    .transform(Number)
    .pipe(schema)
    .optional()

/** How many positional arguments a command takes, and their names in the help. */
export interface Positionals {
  readonly names: string
  readonly min: number
  readonly max: number
}

/**
 * Reads the arguments after a command's name. `given` are the flags in the order in which they were given,
 * secrets included.
 * @param instead flags that only other commands have, each with what to use here
 * @throws UsageProblem with everything that is wrong; an unknown flag is named with the nearest known one
 */
export function readFlags<F extends Flags>(
  args: readonly string[],
  flags: F,
  positionals: Positionals,
  instead: Readonly<Record<string, string>> = {},
): { values: Values<F>; positionals: string[]; given: [string, string | null][] } {
  const problems: string[] = []
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value, many }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), multiple: many },
    ]),
  )
  // Not strict: a strict parser stops at the first problem, and all are to be reported.
  const { tokens, positionals: parsedPositionals } = parseArgs({
    args: [...args],
    options,
    strict: false,
    tokens: true,
  })
  const given: Record<string, unknown> = {}
  const inOrder: [string, string | null][] = []
  const names = Object.keys(flags)
  let extra = [...parsedPositionals]
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    const known = Object.hasOwn(flags, name) ? flags[name] : undefined
    inOrder.push([name, value ?? null])
    if (known === undefined) {
      const near = nearest(name, names)
      const hint = instead[name] ?? (near === undefined ? undefined : `did you mean --${near}?`)
      problems.push(`${rawName}: no such flag${hint === undefined ? '' : `; ${hint}`}`)
      // The next word is most likely the value of the unknown flag, and no word of the command's.
      const next = tokens[index + 1]
      if (value === undefined && next?.kind === 'positional' && extra.length > positionals.min)
        extra = extra.toSpliced(extra.indexOf(next.value), 1)
    } else if (known.value === undefined) {
      if (value !== undefined) problems.push(`${rawName}: takes no value`)
      given[name] = true
    } else if (value === undefined) problems.push(`${rawName}: needs a value (${known.value})`)
    else if (known.many) given[name] = [...((given[name] as string[] | undefined) ?? []), value]
    else if (name in given) problems.push(`${rawName}: given twice`)
    else given[name] = value
  }
  const values: Record<string, unknown> = {}
  for (const [name, { schema }] of Object.entries(flags)) {
    const read = schema.safeParse(given[name])
    if (read.success) values[name] = read.data
    else problems.push(`--${name}: ${read.error.issues[0]?.message ?? 'not understood'}`)
  }
  if (extra.length < positionals.min) problems.push(`${positionals.names} is missing`)
  for (const word of extra.slice(positionals.max)) problems.push(`${word}: one word too many`)
  if (problems.length > 0) throw new UsageProblem(problems)
  return { values: values as Values<F>, positionals: parsedPositionals, given: inOrder }
}
