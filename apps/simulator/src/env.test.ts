import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BadConfiguration } from './bad-configuration.ts'
import { readOptions, usage } from './env.ts'
import { faultSchema } from './faults/fault.ts'
import { defaultOptions } from './options.ts'
import { settings } from './settings.ts'

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
  expect(readOptions([], { SIM_PORT: '' })).toEqual(defaultOptions))

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

test('fixed timing needs both halves', () => expect(problems(['--ttft', '50ms'])[0]).toMatch(/go together/))

test('the help names every flag and its variable', () => {
  for (const [flag, { env }] of Object.entries(settings))
    expect(usage()).toMatch(new RegExp(`--${flag}.* ${env} `))
})

test('docs/simulator.md names every flag with its variable, and every fault', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/simulator.md'), 'utf8')
  for (const [flag, { env }] of Object.entries(settings)) {
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
