import { z } from 'zod'
import { parseBasePath } from './base-path.ts'

/** Exit code of a configuration that cannot work (EX_CONFIG of sysexits.h). */
export const BAD_CONFIGURATION = 78

const port = z.coerce.number().int().min(0).max(65_535)
const seconds = z.coerce.number().min(0).max(3_600)

/** An origin as a browser writes it: scheme, host and port, nothing after. */
const origin = z.url({ protocol: /^https?$/ }).transform((text, context) => {
  const url = new URL(text)
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') {
    context.addIssue({ code: 'custom', message: 'must be scheme, host and port only' })
    return z.NEVER
  }
  return url.origin
})

const origins = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((item) => item !== ''))
  .pipe(z.array(origin))

const basePath = z.string().transform((text, context) => {
  const parsed = parseBasePath(text)
  if ('base' in parsed) return parsed.base
  context.addIssue({ code: 'custom', message: parsed.problem })
  return z.NEVER
})

const schema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: port.default(3_000),
  API_URL: origin.default('http://127.0.0.1:4000'),
  API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional(),
  BASE_PATH: basePath.default(''),
  ALLOWED_ORIGINS: origins.default([]),
  DRAIN_TIMEOUT_S: seconds.default(5),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
})

export type Env = z.infer<typeof schema>

/** The names that the configuration table in the README must list. */
export const variables = Object.keys(schema.shape)

/** Lists every problem of a configuration at once. */
export class BadConfiguration extends Error {
  override readonly name = 'BadConfiguration'
  readonly problems: string[]

  constructor(problems: string[]) {
    super(`Bad configuration:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/** Reads the configuration. A variable that is set but empty counts as not set. */
export function readEnv(source: Record<string, string | undefined> = process.env): Env {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''))
  const result = schema.safeParse(given)
  if (result.success) return result.data
  throw new BadConfiguration(
    result.error.issues.map((issue) => {
      const name = String(issue.path[0] ?? '')
      const value = name === 'API_KEY' ? '(hidden)' : JSON.stringify(given[name] ?? null)
      return `${name}=${value}: ${issue.message}`
    }),
  )
}
