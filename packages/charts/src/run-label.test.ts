import { expect, test } from 'vitest'
import type { Run } from '@slicechat/run'
import { aRun } from '@slicechat/run/testing'
import { runLabel } from './run-label.ts'

const base = aRun({ name: 'chatty' })
const labels = (...runs: Run[]): string[] => runs.map((_, index) => runLabel(runs, index))
const target = (over: Partial<Run['target']>): Run => ({ ...base, target: { ...base.target, ...over } })
const load = (executor: Record<string, unknown>): Run => ({ ...base, scenario: { executor } })

test.each<[string, Run[], string[]]>([
  ['scenario', [base, { ...base, name: 'soak' }], ['chatty', 'soak']],
  ['way', [base, target({ kind: 'openai', url: 'http://vllm/v1' })], ['through the API', 'directly']],
  ['model', [target({ model: 'a' }), target({ model: 'b' })], ['a', 'b']],
  ['users', [load({ users: 1 }), load({ users: 32 })], ['1 user', '32 users']],
  [
    'rate',
    [load({ rate: 0.5 }), load({ stages: [{ rate: 2 }] })],
    ['0.5 conversations/s', 'up to 2 conversations/s'],
  ],
  ['address', [target({ url: 'http://a' }), target({ url: 'http://b' })], ['http://a', 'http://b']],
  ['seed', [base, { ...base, seed: 2 }], ['seed 1', 'seed 2']],
  [
    'time',
    [
      { ...base, startedAt: 0 },
      { ...base, startedAt: 61_000 },
    ],
    ['1970-01-01 00:00:00', '1970-01-01 00:01:01'],
  ],
  ['nothing', [base, base], ['chatty #1', 'chatty #2']],
  ['no more than tells them apart', [base, { ...base, name: 'soak', seed: 2 }], ['chatty', 'soak']],
  [
    'as much as tells all apart',
    [load({ users: 4 }), load({ users: 8 }), { ...load({ users: 8 }), seed: 2 }],
    ['4 users, seed 1', '8 users, seed 1', '8 users, seed 2'],
  ],
])('overlaid runs are named by what differs: %s', (_, runs, expected) => {
  expect(labels(...runs)).toEqual(expected)
})

test('a run alone has its name', () => {
  expect(labels(base)).toEqual(['chatty'])
})
