import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { LEAST, ScenarioFile, problemOf } from './testing/scenario-file.ts'

const file = new ScenarioFile()
afterAll(() => file[Symbol.dispose]())

const load = (yaml: string, ...sets: string[]) => file.load(yaml, ...sets).scenario

describe('--set', () => {
  test('values are YAML; paths go through lists and make what is missing', () => {
    const yaml = 'name: a\nexecutor: { type: ramping-vus, stages: [{ duration: 5s, users: 3 }] }\n'
    const changed = load(
      yaml,
      'executor.stages.0.users=50',
      'executor.stages.1={duration: 10s, users: 0}',
      'slo.ttft=2s',
      'conversation.turns={type: uniform, min: 1, max: 3}',
      'thresholds=[errors.rate < 1%]',
    )
    expect(changed).toMatchObject({
      executor: {
        stages: [
          { duration: 5000, users: 50 },
          { duration: 10_000, users: 0 },
        ],
      },
      slo: { ttft: 2000 },
      conversation: { turns: { type: 'uniform', min: 1, max: 3 } },
      thresholds: ['errors.rate < 1%'],
    })
  })

  test('the later wins, and nothing after = removes', () => {
    expect(
      load(`${LEAST}slo: { ttft: 1s }`, 'executor.users=5', 'executor.users=6', 'slo.ttft='),
    ).toMatchObject({
      executor: { users: 6 },
      slo: {},
    })
  })

  test('an executor as a whole', () => {
    expect(
      load(LEAST, 'executor={type: constant-arrival-rate, rate: 2, duration: 1m, maxUsers: 9}').executor.type,
    ).toBe('constant-arrival-rate')
  })

  test('a trace’s file is relative to where one is', () => {
    const trace = 'name: a\nexecutor: { type: trace, format: mooncake, file: x, maxUsers: 3 }'
    expect(load(trace, 'executor.file=my.jsonl').executor).toMatchObject({
      file: join(process.cwd(), 'my.jsonl'),
    })
  })

  test.each<[string, string]>([
    ['executor.users', ''],
    ['=5', ''],
    ['executor..users=5', 'executor..users'],
    ['__proto__.users=5', '__proto__.users'],
    ['executor.users=[', 'executor.users'],
    ['executor.users.most=5', 'executor.users.most'],
    ['thresholds.first=x', 'thresholds.first'],
    ['thresholds.5=x', 'thresholds.5'],
    ['executor.user=5', 'executor.user'],
    ['executor.users=many', 'executor.users'],
    ['slo.ttft={a: 1}', 'slo.ttft'],
    ['warmUp=1h', 'warmUp'],
  ])('%s is refused, and named as what is wrong', (set, path) => {
    const { findings } = problemOf(() => load(`${LEAST}thresholds: []\n`, set))
    expect(findings.map((finding) => [finding.source, finding.path])).toEqual([[`--set ${set}`, path]])
  })
})
