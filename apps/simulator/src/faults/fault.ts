import { z } from 'zod'

const tokens = z.int().min(0).max(10_000_000)
const ms = z.int().min(0).max(3_600_000)
/** Which requests a fault affects: the next `times` whose last user message contains `match`; by default all. */
const scope = {
  times: z.int().min(1).optional(),
  match: z.string().min(1).max(1000).optional(),
}

/** The faults that can be set; docs/simulator.md describes each kind. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('refuse'), ...scope }),
  z.strictObject({
    kind: z.literal('status'),
    status: z.literal([400, 401, 404, 429, 500, 503]),
    retryAfter: z.int().min(0).optional(),
    ...scope,
  }),
  z.strictObject({ kind: z.literal('hang'), ...scope }),
  z.strictObject({ kind: z.literal('slow-start'), ms, ...scope }),
  z.strictObject({ kind: z.literal('stall'), afterTokens: tokens, ms: ms.optional(), ...scope }),
  z.strictObject({ kind: z.literal('reset'), afterTokens: tokens, ...scope }),
  z.strictObject({
    kind: z.literal('error-event'),
    afterTokens: tokens,
    code: z.int().min(400).max(599),
    message: z.string().optional(),
    ...scope,
  }),
  z.strictObject({ kind: z.literal('truncate'), afterTokens: tokens, ...scope }),
  z.strictObject({ kind: z.literal('malformed'), afterTokens: tokens, ...scope }),
  z.strictObject({ kind: z.literal('split'), ...scope }),
  z.strictObject({ kind: z.literal('flood'), bytes: z.int().min(1).max(1_000_000_000), ...scope }),
  z.strictObject({ kind: z.literal('engine-dead') }),
  z.strictObject({ kind: z.literal('tunnel-down') }),
])

export type Fault = z.infer<typeof faultSchema>
/** Faults that last until cleared and affect every request. */
export type Outage = Extract<Fault, { kind: 'engine-dead' | 'tunnel-down' }>
/** Faults that affect single chat requests. */
export type RequestFault = Exclude<Fault, Outage>
