import { parseArgs } from 'node:util'
import type { z } from 'zod'
import { BadConfiguration } from './bad-configuration.ts'
import { defaultOptions, type SimulatorOptions } from './options.ts'
import { choosePreset } from './presets/choice.ts'
import { groups, isSwitch, settings, type Setting } from './settings.ts'

const names = Object.keys(settings) as Setting[]
/**
 * Default port of dcgm-exporter. `startSimulator` has no exporter by default, so that many simulators can run at
 * once.
 */
const DCGM_PORT = 9400

const inMs = (seconds: number | undefined) => (seconds === undefined ? undefined : seconds * 1000)

/** Reads the flags, and the environment for settings without a flag. @throws BadConfiguration with all problems */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): SimulatorOptions {
  const problems: string[] = []
  const given = parseFlags(args, problems)
  const read = <S extends Setting>(setting: S): z.output<(typeof settings)[S]['schema']> | undefined => {
    const { env: variable, schema } = settings[setting]
    const text = given[setting] ?? env[variable]
    // An empty variable counts as unset, except that an empty port of the exporter turns it off.
    const unset = text === '' && given[setting] === undefined && setting !== 'dcgm-port'
    if (text === undefined || unset) return undefined
    const result = schema.safeParse(text)
    if (result.success) return result.data as z.output<(typeof settings)[S]['schema']>
    const where = given[setting] === undefined ? variable : `--${setting}`
    problems.push(`${where}: ${result.error.issues[0]?.message ?? 'not understood'}, got "${text}"`)
    return undefined
  }
  const of = {
    slice: read('slice'),
    model: read('model'),
    presetFile: read('preset'),
    gpuMemoryUtilization: read('gpu-memory-utilization'),
    maxModelLen: read('max-model-len'),
    maxNumSeqs: read('max-num-seqs'),
    maxNumBatchedTokens: read('max-num-batched-tokens'),
    enablePrefixCaching: read('enable-prefix-caching'),
    maxNumQueuedReqs: read('max-num-queued-reqs'),
    maxNumQueuedTokens: read('max-num-queued-tokens'),
    enableMfuMetrics: read('enable-mfu-metrics'),
    host: read('host'),
    port: read('port'),
    shutdownTimeoutMs: inMs(read('shutdown-timeout')),
    servedModelName: read('served-model-name'),
    apiKeys: read('api-key')?.split(','),
    enablePerRequestMetrics: read('enable-per-request-metrics'),
    enablePromptTokensDetails: read('enable-prompt-tokens-details'),
    enableRequestIdHeaders: read('enable-request-id-headers'),
    dcgmPort: read('dcgm-port') ?? DCGM_PORT,
    dcgmIntervalMs: read('dcgm-interval'),
    dcgmHostnameLabel: read('dcgm-hostname-label'),
    ttftMs: read('ttft'),
    itlMs: read('itl'),
    seed: read('seed'),
    reasoning: read('reasoning'),
  }
  if ((of.ttftMs === undefined) !== (of.itlMs === undefined) && problems.length === 0)
    problems.push('--ttft and --itl (SIM_TTFT and SIM_ITL) go together: both or neither')
  const set = Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined))
  const options = { ...defaultOptions, ...set }
  // Names can be checked even if other options are wrong; checks that depend on numbers cannot.
  if (problems.length > 0) choosePreset(options, problems)
  if (problems.length > 0) throw new BadConfiguration(problems)
  return options
}

function parseFlags(args: readonly string[], problems: string[]): Partial<Record<Setting, string>> {
  const options = Object.fromEntries(
    names.map((setting) => [setting, { type: isSwitch(setting) ? 'boolean' : 'string' } as const]),
  )
  // Not strict, because a strict parser stops at the first problem and all are to be reported.
  const { values, positionals } = parseArgs({ args: [...args], options, strict: false, allowNegative: true })
  for (const text of positionals) problems.push(`${text}: flags only, nothing beside them`)
  const given: Partial<Record<Setting, string>> = {}
  for (const [key, value] of Object.entries(values)) {
    const setting = names.find((name) => name === key)
    if (setting === undefined) problems.push(`--${key}: no such flag; --help lists them`)
    else if (typeof value === 'boolean' && !isSwitch(setting)) problems.push(`--${key}: needs a value`)
    else given[setting] = String(value)
  }
  return given
}

/** The help text. */
export function usage(): string {
  const line = (setting: Setting) => {
    const { env, help } = settings[setting]
    return `  ${`--${setting}${isSwitch(setting) ? '' : ' VALUE'}`.padEnd(34)} ${env.padEnd(27)} ${help}`
  }
  const parts = Object.entries(groups).map(([group, heading]) => {
    const lines = names.filter((setting) => settings[setting].group === group).map(line)
    return `${heading}:\n${lines.join('\n')}\n`
  })
  return `usage: npm run simulator -- [flags]
       npm run simulator -- calibrate --url URL [flags]

Flags win over variables. --list-presets prints what slices and models there are and what they do.
calibrate measures a real server and writes a file for --preset; calibrate --help says more.

${parts.join('\n')}`
}

export const environment: NodeJS.ProcessEnv = process.env
