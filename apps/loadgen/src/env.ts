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

/** What the environment says; flags win over it. */
export type Environment = z.infer<typeof schema>

/** The names that the table in docs/loadgen.md must list. */
export const variables = Object.keys(schema.shape)

/** @throws {z.ZodError} with every problem at once */
export const readEnvironment = (environment: Record<string, string | undefined> = process.env): Environment =>
  schema.parse(environment)

/** A terminal that can only write lines, one below the other. */
export const isDumbTerminal = (environment: Record<string, string | undefined> = process.env): boolean =>
  environment['TERM'] === 'dumb'
