import { afterAll, expect, test } from 'vitest'
import { MINIMAL, ScenarioFile, problemOf } from '../scenario/testing/scenario-file.ts'

const file = new ScenarioFile()
afterAll(() => file[Symbol.dispose]())

test.each<[string, string, string]>([
  [
    'duration without a unit',
    `${MINIMAL}slo: { ttft: 250 }`,
    'slo.ttft:3 250 has no unit: write 250ms or 250s',
  ],
  [
    'duration without a unit, as text',
    `${MINIMAL}slo: { e2e: "2.5" }`,
    'slo.e2e:3 2.5 has no unit: write 2.5ms or 2.5s',
  ],
  [
    'duration of the executor without a unit',
    'name: a\nexecutor: { type: constant-vus, users: 2, duration: 30 }',
    'executor.duration:2 30 has no unit: write 30ms or 30s',
  ],
  [
    'think time without a unit',
    `${MINIMAL}conversation:\n  thinkTime: 3`,
    'conversation.thinkTime:4 3 has no unit: write 3ms or 3s',
  ],
  [
    'parameter of a think time without a unit',
    `${MINIMAL}conversation:\n  thinkTime: { type: lognormal, median: 8, sigma: 0.7 }`,
    'conversation.thinkTime.median:4 8 has no unit: write 8ms or 8s',
  ],
  [
    'values of a patience without a unit',
    `${MINIMAL}conversation:\n  abandon: { share: 0.1, after: { type: empirical, values: [1s, 2] } }`,
    'conversation.abandon.after.values.1:4 2 has no unit: write 2ms or 2s',
  ],
  [
    'threshold without a unit',
    `${MINIMAL}thresholds: ['ttft.p95 < 2']`,
    'thresholds.0:3 threshold "ttft.p95 < 2": 2 has no unit: write 2ms or 2s',
  ],
  ['a year and more', `${MINIMAL}warmUp: 9000h`, 'warmUp:3 is more than a year'],
])('%s is refused', (_, yaml, expected) => {
  const { findings } = problemOf(() => file.load(yaml))
  expect(findings.map(({ path, line, message }) => `${path}:${line ?? ''} ${message}`)).toContain(expected)
})

test('0 needs none', () => {
  const { scenario } = file.load(`${MINIMAL}warmUp: 0\ncoolDown: "0"\nconversation: { thinkTime: 0 }\n`)
  expect(scenario).toMatchObject({ warmUp: 0, coolDown: 0, conversation: { thinkTime: { value: 0 } } })
})
