import { createHash } from 'node:crypto'
import { isLoopback } from '@slicechat/server'
import { z } from 'zod'
import type { ApiKey } from './access/api-keys.ts'
import { accountConflicts, accountFields } from './configuration/accounts.ts'
import { days, integer, limit, list, optional, origin, port, seconds } from './configuration/fields.ts'

/** `name:key` pairs; a key alone belongs to an owner named after its fingerprint. */
const keys = list.pipe(
  z.array(
    z.string().transform((entry, context): ApiKey => {
      const [, name, key] = /^(?:([A-Za-z0-9][\w.-]{0,63}):)?(\S{16,512})$/.exec(entry) ?? []
      if (key === undefined) {
        context.addIssue({
          code: 'custom',
          message: 'each key is written name:key, with at least 16 characters of key',
        })
        return z.NEVER
      }
      return { owner: name ?? `key-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`, key }
    }),
  ),
)

const schema = z.object({
  HOST: optional(z.string().default('127.0.0.1')),
  PORT: port(4000),
  METRICS_PORT: port(9100),
  DATA_DIR: optional(z.string().default('data')),
  DATABASE_URL: optional(
    z
      .string()
      .refine((text) => /^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text), {
        message: 'a URL such as postgresql://user:password@host:5432/database',
      })
      .optional(),
  ),
  LOG_LEVEL: optional(z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info')),
  VLLM_URL: optional(
    z
      .url({ protocol: /^https?$/, message: 'an http(s) URL such as http://host:8000/v1' })
      .default('http://127.0.0.1:8000/v1')
      .refine(
        (url) => !/[@?#]/.test(url),
        'without user, password, query or fragment; a key goes into VLLM_API_KEY',
      )
      .transform((url) => url.replace(/\/+$/, '')),
  ),
  VLLM_API_KEY: optional(
    z
      .string()
      .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
      .optional(),
  ),
  MODEL: optional(z.string().optional()),
  MAX_ACTIVE_GENERATIONS: integer(256, 1, 100_000),
  MAX_QUEUED: integer(1_000, 0, 1_000_000),
  QUEUE_TIMEOUT_S: seconds(60),
  ORPHAN_TIMEOUT_S: seconds(60),
  CONNECT_TIMEOUT_S: seconds(5),
  FIRST_TOKEN_TIMEOUT_S: seconds(120),
  STALL_TIMEOUT_S: seconds(60),
  ANSWER_TIMEOUT_S: seconds(600),
  UPSTREAM_RETRIES: integer(2, 0, 10),
  DRAIN_TIMEOUT_S: optional(z.coerce.number().min(0).max(86_400).default(30)),
  BUDGET_ANSWERS_AT_ONCE: limit,
  BUDGET_REQUESTS_PER_MINUTE: limit,
  BUDGET_TOKENS_PER_DAY: limit,
  RETENTION_DAYS: days,
  RETENTION_RUNS_DAYS: days,
  API_KEYS: optional(keys),
  MAX_CONNECTIONS_PER_OWNER: integer(4_000, 10, 1_000_000),
  ALLOW_ANONYMOUS: optional(z.enum(['true', 'false']).default('false')),
  ALLOWED_ORIGINS: optional(
    list.default(['http://localhost:3000', 'http://127.0.0.1:3000']).pipe(z.array(origin)),
  ),
  ...accountFields,
})

export type Config = z.infer<typeof schema>

/** The names that the configuration table in the README must list. */
export const variables = Object.keys(schema.shape)

/**
 * Checks across fields: values that are valid alone but contradict each other. Fields that are invalid are
 * `undefined`.
 */
function* conflicts(config: Partial<Config>): Generator<[keyof Config, string]> {
  const { HOST, PORT, METRICS_PORT, API_KEYS, ALLOW_ANONYMOUS } = config
  yield* accountConflicts(config)
  if (PORT !== undefined && PORT !== 0 && PORT === METRICS_PORT)
    yield ['METRICS_PORT', 'cannot be the same as PORT']
  const owners = new Map(API_KEYS?.map(({ owner, key }) => [key, owner]))
  if (API_KEYS?.some(({ owner, key }) => owners.get(key) !== owner))
    yield ['API_KEYS', 'one key stands there under two names']
  const isOpen = config.AUTH === 'off' && API_KEYS?.length === 0 && ALLOW_ANONYMOUS !== 'true'
  if (HOST !== undefined && !isLoopback(HOST) && isOpen)
    yield [
      'HOST',
      `${HOST} is reachable by others: set AUTH or API_KEYS, or ALLOW_ANONYMOUS=true if anyone there may chat`,
    ]
}

/** @throws {z.ZodError} with every problem at once */
export function readConfig(environment: Record<string, string | undefined> = process.env): Config {
  const whole = schema.safeParse(environment)
  const read = Object.entries(schema.shape).map(([name, value]) => [
    name,
    value.safeParse(environment[name]).data,
  ])
  const issues = [...conflicts(Object.fromEntries(read) as Partial<Config>)].map(
    ([name, message]): z.core.$ZodIssue => ({ code: 'custom', path: [name], message, input: undefined }),
  )
  if (whole.success && issues.length === 0) return whole.data
  throw new z.ZodError([...(whole.error?.issues ?? []), ...issues])
}
