import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { ShortForms } from './short-form.ts'
import { MINIMAL, ScenarioFile, problemOf } from './testing/scenario-file.ts'

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
      load(`${MINIMAL}slo: { ttft: 1s }`, 'executor.users=5', 'executor.users=6', 'slo.ttft='),
    ).toMatchObject({
      executor: { users: 6 },
      slo: {},
    })
  })

  test('an executor as a whole', () => {
    expect(
      load(MINIMAL, 'executor={type: constant-arrival-rate, rate: 2, duration: 1m, maxUsers: 9}').executor
        .type,
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
    const { findings } = problemOf(() => load(`${MINIMAL}thresholds: []\n`, set))
    expect(findings.map((finding) => [finding.source, finding.path])).toEqual([[`--set ${set}`, path]])
  })
})

describe('--users, --rate and --duration', () => {
  const executors = {
    users: 'type: constant-vus, users: 2, duration: 20s',
    ramp: 'type: ramping-vus, stages: [{ duration: 20s, users: 2 }]',
    rate: 'type: constant-arrival-rate, rate: 2, duration: 20s, maxUsers: 9',
    rateRamp: 'type: ramping-arrival-rate, stages: [{ duration: 20s, rate: 2 }], maxUsers: 9',
    trace: 'type: trace, format: mooncake, file: x, maxUsers: 9',
    shareGpt: 'type: trace, format: sharegpt, file: x, rate: 1, maxUsers: 9',
  }
  type Kind = keyof typeof executors
  const yaml = (kind: Kind) => `name: a\nexecutor: { ${executors[kind]} }\n`

  test.each<[Kind, ShortForms, object]>([
    ['users', { users: '50', duration: '2m' }, { users: 50, duration: 120_000 }],
    ['rate', { rate: '0.5', duration: '2m' }, { rate: 0.5, duration: 120_000 }],
    ['shareGpt', { rate: '3' }, { rate: 3 }],
  ])('change an executor of %s', (kind, short, expected) => {
    expect(file.loadShort(yaml(kind), short).scenario.executor).toMatchObject(expected)
  })

  test.each<[Kind, keyof ShortForms, string]>([
    ['ramp', 'users', 'ramping-vus has none: it has stages'],
    ['rate', 'users', 'use --rate, or --set executor.maxUsers=N'],
    ['rateRamp', 'users', '--set executor.stages.0.rate=N'],
    ['trace', 'users', 'executor.speed=N'],
    ['users', 'rate', 'use --users'],
    ['ramp', 'rate', 'executor.stages.0.users=N'],
    ['rateRamp', 'rate', 'executor.stages.0.rate=N'],
    ['trace', 'rate', 'use speed to replay it faster'],
    ['ramp', 'duration', 'executor.stages.0.duration=TIME'],
    ['rateRamp', 'duration', 'executor.stages.0.duration=TIME'],
    ['trace', 'duration', 'executor.limit=N'],
  ])('say what to do where an executor of %s has no %s', (kind, name, hint) => {
    const value = name === 'duration' ? '5s' : '5'
    const { findings } = problemOf(() => file.loadShort(yaml(kind), { [name]: value }))
    expect(findings).toMatchObject([
      {
        source: `--${name} ${value}`,
        path: `executor.${name}`,
        message: expect.stringContaining(hint) as string,
      },
    ])
  })

  test('contradict a --set of the same, and follow a --set of another executor', () => {
    const twice = () => file.loadShort(yaml('users'), { users: '3' }, 'executor.users=4')
    expect(problemOf(twice).findings).toMatchObject([
      { source: '--users 3', message: 'is given twice: by --users and by --set executor.users=4' },
    ])
    const other = `executor={${executors.rate}}`
    expect(file.loadShort(yaml('users'), { rate: '7' }, other).scenario.executor).toMatchObject({ rate: 7 })
  })

  test('are named where their value does not fit', () => {
    const { findings } = problemOf(() => file.loadShort(`${MINIMAL}warmUp: 19s\n`, { duration: '1s' }))
    expect(findings.map(({ message }) => message)).toEqual([
      'no steady part is left: warmUp and coolDown take 19000 ms of 1000 ms',
    ])
    const many = problemOf(() => file.loadShort(MINIMAL, { users: '1000000' }))
    expect(many.findings).toMatchObject([{ source: '--users 1000000', path: 'executor.users' }])
  })
})
