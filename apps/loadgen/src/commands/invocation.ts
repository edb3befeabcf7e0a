import type { Run } from '@slicechat/run'
import type { Environment } from '../env.ts'
import { shownAddress } from '@slicechat/witness'
import type { Flags } from './flag.ts'

type Invocation = NonNullable<Run['asked']>

/**
 * The options of a run, so that it can be repeated. Of secrets, and of URLs that hold one, only the flags'
 * names are kept.
 */
export function invocationOf(
  scenario: string,
  given: readonly (readonly [name: string, value: string | null])[],
  flags: Flags,
  env: Pick<Environment, 'LOADGEN_API_KEY' | 'LOADGEN_PROMETHEUS'>,
): Invocation {
  const named = new Set(given.map(([name]) => name))
  const fromEnv: [string, string][] =
    env.LOADGEN_PROMETHEUS === undefined || ['prometheus', 'no-witness'].some((name) => named.has(name))
      ? []
      : [['prometheus', env.LOADGEN_PROMETHEUS]]
  const all = [...given, ...fromEnv]
  const isSecret = (name: string, value: string | null): boolean =>
    flags[name]?.secret === true || (value?.includes('://') === true && shownAddress(value) !== value)
  const secret = all.filter(([name, value]) => isSecret(name, value)).map(([name]) => `--${name}`)
  const keyFromEnv = env.LOADGEN_API_KEY !== undefined && !named.has('api-key') ? ['LOADGEN_API_KEY'] : []
  return {
    scenario,
    set: all.flatMap(([name, value]) => (name === 'set' && value !== null ? [value] : [])),
    flags: all.filter(([name, value]) => !isSecret(name, value)).map(([name, value]) => [name, value]),
    secret: [...new Set([...secret, ...keyFromEnv])],
  }
}
