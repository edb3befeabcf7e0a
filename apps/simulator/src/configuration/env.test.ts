import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BadConfiguration } from './bad-configuration.ts'
import { readOptions, usage } from './env.ts'
import { faultSchema } from '../faults/fault.ts'
import { optionFlags } from './flags.ts'
import { defaultOptions } from './options.ts'

function problems(args: string[], env: NodeJS.ProcessEnv = {}): readonly string[] {
  try {
    readOptions(args, env)
  } catch (error) {
    if (error instanceof BadConfiguration) return error.problems
    throw error
  }
  return []
}

test('nothing set gives the defaults', () =>
  expect(readOptions([], { SIM_PORT: '' })).toEqual({ ...defaultOptions, dcgmPort: 9400 }))

test('the exporter can be turned off', () => {
  expect(readOptions(['--dcgm-port', 'off'], {}).dcgmPort).toBe('off')
  expect(readOptions([], { SIM_DCGM_PORT: '' }).dcgmPort).toBe('off')
  expect(readOptions([], { SIM_DCGM_PORT: '0', SIM_DCGM_INTERVAL: '1s' })).toMatchObject({
    dcgmPort: 0,
    dcgmIntervalMs: 1000,
  })
  expect(
    problems(['--dcgm-port', 'on', '--dcgm-interval', '1ms', '--dcgm-hostname-label', 'x']),
  ).toHaveLength(3)
})

test('flags win over the environment', () => {
  const env = { SIM_PORT: '1', SIM_TTFT: '1.5s', SIM_ITL: '10', SIM_REASONING: 'true', SIM_API_KEY: 'a,b' }
  expect(readOptions(['--port', '2', '--enable-per-request-metrics'], env)).toMatchObject({
    port: 2,
    ttftMs: 1500,
    itlMs: 10,
    reasoning: true,
    enablePerRequestMetrics: true,
    apiKeys: ['a', 'b'],
  })
})

test('every problem is told at once', () => {
  const found = problems(['--port', 'x', '--nope', '--ttft', '5x', 'word', '--seed'], {
    SIM_MAX_NUM_SEQS: '0',
  })
  for (const word of ['--port', '--nope', '--ttft', 'word', '--seed', 'SIM_MAX_NUM_SEQS'])
    expect(found.filter((problem) => problem.startsWith(word)).length, word).toBe(1)
})

test('slice, model and engine are set as with vLLM', () => {
  const env = { SIM_MODEL_PRESET: 'qwen2.5-1.5b-instruct', SIM_MODEL: 'mine', SIM_PREFIX_CACHING: 'true' }
  const args = '--slice l40s --gpu-memory-utilization .5 --no-enable-prefix-caching --max-num-queued-tokens 9'
  expect(readOptions(args.split(' '), env)).toMatchObject({
    slice: 'l40s',
    model: 'qwen2.5-1.5b-instruct',
    servedModelName: 'mine',
    gpuMemoryUtilization: 0.5,
    enablePrefixCaching: false,
    maxNumQueuedTokens: 9,
  })
})

test('a wrong name is told beside a wrong number', () => {
  expect(problems(['--gpu-memory-utilization', '1.2', '--slice', 'x'])).toHaveLength(2)
})

test('fixed timing needs both halves', () => expect(problems(['--ttft', '50ms'])[0]).toMatch(/go together/))

test('the help names every flag and its variable', () => {
  for (const { flag, env } of Object.values(optionFlags))
    expect(usage()).toMatch(new RegExp(`--${flag}.* ${env} `))
})

test('docs/simulator.md names every flag with its variable, and every fault', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/simulator.md'), 'utf8')
  for (const { flag, env } of Object.values(optionFlags)) {
    expect(page).toContain(`\`--${flag}\``)
    expect(page).toContain(`\`${env}\``)
  }
  for (const { shape } of faultSchema.options) {
    const [kind = ''] = shape.kind.values
    expect(page).toMatch(new RegExp(`^\\| \`${kind}\``, 'm'))
    const fields = Object.keys(shape).filter((field) => !['kind', 'times', 'match'].includes(field))
    for (const field of fields) expect(page).toMatch(new RegExp(`^\\| \`${kind}\`.*\`${field}\\??\``, 'm'))
  }
})
