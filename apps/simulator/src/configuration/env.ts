import { parseArgs } from 'node:util'
import { BadConfiguration } from './bad-configuration.ts'
import { groups, isSwitch, optionFlags, optionNames } from './flags.ts'
import { defaultOptions, type SimulatorOptions } from './options.ts'
import { choosePreset } from './preset-choice.ts'

/**
 * Default port of dcgm-exporter. `startSimulator` has no exporter by default, so that many simulators can run at
 * once.
 */
const DCGM_PORT = 9400

/** The environment of this process. */
export const environment: NodeJS.ProcessEnv = process.env

/** Reads the flags, and the environment for options without a flag. @throws BadConfiguration with all problems */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): SimulatorOptions {
  const problems: string[] = []
  const given = parseFlags(args, problems)
  const found: Partial<Record<keyof SimulatorOptions, unknown>> = {}
  for (const option of optionNames) {
    const { flag, env: variable, schema } = optionFlags[option]
    const text = given[option] ?? env[variable]
    // An empty variable counts as unset, except that an empty port of the exporter turns it off.
    const unset = text === '' && given[option] === undefined && option !== 'dcgmPort'
    if (text === undefined || unset) continue
    const result = schema.safeParse(text)
    if (result.success) found[option] = result.data
    else {
      const where = given[option] === undefined ? variable : `--${flag}`
      problems.push(`${where}: ${result.error.issues[0]?.message ?? 'not understood'}, got "${text}"`)
    }
  }
  if ((found.ttftMs === undefined) !== (found.itlMs === undefined) && problems.length === 0)
    problems.push('--ttft and --itl (SIM_TTFT and SIM_ITL) go together: both or neither')
  const options = { ...defaultOptions, dcgmPort: DCGM_PORT, ...(found as Partial<SimulatorOptions>) }
  // Names can be checked even if other options are wrong; checks that depend on numbers cannot.
  if (problems.length > 0) choosePreset(options, problems)
  if (problems.length > 0) throw new BadConfiguration(problems)
  return options
}

function parseFlags(
  args: readonly string[],
  problems: string[],
): Partial<Record<keyof SimulatorOptions, string>> {
  const options = Object.fromEntries(
    optionNames.map((option) => [
      optionFlags[option].flag,
      { type: isSwitch(option) ? 'boolean' : 'string' } as const,
    ]),
  )
  // Not strict, because a strict parser stops at the first problem and all are to be reported.
  const { values, positionals } = parseArgs({ args: [...args], options, strict: false, allowNegative: true })
  for (const text of positionals) problems.push(`${text}: flags only, nothing beside them`)
  const given: Partial<Record<keyof SimulatorOptions, string>> = {}
  for (const [key, value] of Object.entries(values)) {
    const option = optionNames.find((name) => optionFlags[name].flag === key)
    if (option === undefined) problems.push(`--${key}: no such flag; --help lists them`)
    else if (typeof value === 'boolean' && !isSwitch(option)) problems.push(`--${key}: needs a value`)
    else given[option] = String(value)
  }
  return given
}

/** The help text. */
export function usage(): string {
  const line = (option: keyof SimulatorOptions) => {
    const { flag, env, help } = optionFlags[option]
    return `  ${`--${flag}${isSwitch(option) ? '' : ' VALUE'}`.padEnd(34)} ${env.padEnd(27)} ${help}`
  }
  const parts = Object.entries(groups).map(([group, heading]) => {
    const lines = optionNames.filter((option) => optionFlags[option].group === group).map(line)
    return `${heading}:\n${lines.join('\n')}\n`
  })
  return `usage: npm run simulator -- [flags]
       npm run simulator -- calibrate --url URL [flags]

Flags win over variables. --list-presets prints what slices and models there are and what they do.
calibrate measures a real server and writes a file for --preset; calibrate --help says more.

${parts.join('\n')}`
}
