import { z } from 'zod'

/** An environment variable that is set but empty counts as not set. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional())

const schema = z.object({
  LOADGEN_TARGET: optional(z.string()),
  LOADGEN_API_KEY: optional(z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')),
  LOADGEN_MODEL: optional(z.string()),
  LOADGEN_PROMETHEUS: optional(z.string()),
})

/** The load tester's environment variables; flags win over them. */
export type Environment = z.infer<typeof schema>

/** The names that the table in docs/loadgen.md must list. */
export const variables = Object.keys(schema.shape)

/** @throws {z.ZodError} with every problem at once */
export const readEnvironment = (environment: Record<string, string | undefined> = process.env): Environment =>
  schema.parse(environment)

/** The terminal can only append lines, not redraw them. */
export const isDumbTerminal = (environment: Record<string, string | undefined> = process.env): boolean =>
  environment['TERM'] === 'dumb'

type Variables = Record<string, string | undefined>

/** Node is told to send its own requests through a proxy (`NODE_USE_ENV_PROXY=1`). */
export const usesEnvProxy = (environment: Variables = process.env): boolean =>
  environment['NODE_USE_ENV_PROXY'] === '1'

/**
 * The variable that names a proxy for a URL, as curl and Node read it; `undefined` if none does or `NO_PROXY`
 * excludes it.
 */
export function proxyVariable(
  { protocol, hostname, port }: URL,
  environment: Variables = process.env,
): string | undefined {
  const set = (name: string) => [name.toLowerCase(), name].find((one) => (environment[one] ?? '') !== '')
  const name = set(protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY') ?? set('ALL_PROXY')
  const excepted = (environment[set('NO_PROXY') ?? ''] ?? '').split(/[\s,]+/).some((entry) => {
    const [, host = '', itsPort] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
    if (entry === '*') return true
    if (host === '' || (itsPort !== undefined && itsPort !== port)) return false
    return hostname === host || hostname.endsWith(`.${host}`)
  })
  return excepted ? undefined : name
}
