import { afterAll, describe, expect, test } from 'vitest'
import { EXECUTOR, MINIMAL, ScenarioFile, problemOf } from './testing/scenario-file.ts'

const file = new ScenarioFile()
afterAll(() => file[Symbol.dispose]())

/** `path:line message` of everything that is wrong with a scenario. */
const faults = (yaml: string) =>
  problemOf(() => file.load(yaml)).findings.map(
    ({ path, line, message }) => `${path}:${line ?? ''} ${message}`,
  )

describe('every mistake has its path and its line', () => {
  test.each<[string, string, string]>([
    ['name', `name: My Scenario\n${EXECUTOR}`, 'name:1 expected lower-case letters, digits and hyphens'],
    ['no name', EXECUTOR, 'name:1 is missing: expected string'],
    ['no executor', 'name: mine', 'executor:1 is missing: expected object'],
    [
      'executor type',
      'name: a\nexecutor: { type: constant-vu }',
      'executor.type:2 expected one of constant-vus, ramping-vus, constant-arrival-rate, ramping-arrival-rate, trace; did you mean constant-vus?',
    ],
    ['unknown key', `${MINIMAL}warmup: 3s`, 'warmup:3 unknown key; did you mean warmUp?'],
    [
      'unknown key of another place',
      `${MINIMAL}thinkTime: 3s`,
      'thinkTime:3 unknown key here; it belongs at conversation.thinkTime',
    ],
    [
      'unknown key of the executor',
      'name: a\nexecutor:\n  type: constant-vus\n  duration: 5s\n  users: 2\n  user: 2',
      'executor.user:6 unknown key; did you mean users?',
    ],
    [
      'key of another executor',
      'name: a\nexecutor: { type: constant-vus, duration: 5s, users: 2, zzzzzz: 1 }',
      'executor.zzzzzz:2 unknown key; known here: type, users, duration',
    ],
    ['duration', `${MINIMAL}warmUp: 3 sec`, 'warmUp:3 expected a duration such as 500ms, 20s, 5m or 1h'],
    ['duration of another kind', `${MINIMAL}warmUp: [3]`, 'warmUp:3 expected number or string'],
    ['negative duration', `${MINIMAL}warmUp: -3`, 'warmUp:3 too small: expected number to be >=0'],
    [
      'no length',
      'name: a\nexecutor: { type: constant-vus, users: 2, duration: 0 }',
      'executor.duration:2 must be longer than nothing',
    ],
    [
      'users',
      'name: a\nexecutor: { type: constant-vus, users: 0, duration: 2s }',
      'executor.users:2 too small: expected number to be >=1',
    ],
    [
      'stage of no length',
      'name: a\nexecutor:\n  type: ramping-vus\n  stages:\n    - { duration: 5s, users: 1 }\n    - { duration: 0s, users: 1 }',
      'executor.stages.1.duration:6 must be longer than nothing',
    ],
    [
      'no stages',
      'name: a\nexecutor: { type: ramping-vus, stages: [] }',
      'executor.stages:2 too small: expected array to have >=1 items',
    ],
    [
      'a ramp without users',
      'name: a\nexecutor:\n  type: ramping-vus\n  stages:\n    - { duration: 5s, users: 0 }',
      'executor.stages:4 never has a user: startUsers and all stages are 0',
    ],
    [
      'a ramp without arrivals',
      'name: a\nexecutor:\n  type: ramping-arrival-rate\n  maxUsers: 3\n  stages: [{ duration: 5s, rate: 0 }]',
      'executor.stages:5 never has an arrival: startRate and all stages are 0',
    ],
    [
      'hardly a rate',
      'name: a\nexecutor: { type: constant-arrival-rate, rate: 0.01, duration: 5s, maxUsers: 3 }',
      'executor.rate:2 gives less than one conversation in the whole run',
    ],
    [
      'a key of another executor',
      `name: a\nexecutor: { type: constant-vus, users: 1, duration: 5s, rate: 1 }`,
      'executor.rate:2 unknown key; known here: type, users, duration',
    ],
    [
      'ShareGPT without a rate',
      'name: a\nexecutor: { type: trace, format: sharegpt, file: x, maxUsers: 3 }',
      'executor.rate:2 is needed: a ShareGPT file has no times',
    ],
    [
      'ShareGPT with speed',
      'name: a\nexecutor: { type: trace, format: sharegpt, file: x, maxUsers: 3, rate: 1, speed: 2 }',
      'executor.speed:2 a ShareGPT file has no times to replay faster; use rate',
    ],
    [
      'Mooncake with a rate',
      'name: a\nexecutor: { type: trace, format: mooncake, file: x, maxUsers: 3, rate: 1 }',
      'executor.rate:2 a mooncake trace has times of its own; use speed to replay it faster or slower',
    ],
    [
      'arrivals of users',
      `${MINIMAL}arrivals: { process: poisson }`,
      'arrivals:3 with constant-vus conversations begin when users are free; only rates have arrivals',
    ],
    [
      'burstiness',
      'name: a\nexecutor: { type: constant-arrival-rate, rate: 1, duration: 5s, maxUsers: 3 }\narrivals: { process: gamma }',
      'arrivals.burstiness:3 is missing: expected number',
    ],
    [
      'distribution',
      `${MINIMAL}conversation:\n  turns: { type: lognorm, median: 2 }`,
      'conversation.turns.type:4 expected one of constant, uniform, lognormal, exponential, normal, empirical; did you mean lognormal?',
    ],
    [
      'neither number nor distribution',
      `${MINIMAL}conversation:\n  turns: 5s`,
      'conversation.turns:4 expected number or object',
    ],
    [
      'parameter',
      `${MINIMAL}conversation:\n  thinkTime: { type: normal, mean: 2s }`,
      'conversation.thinkTime.deviation:4 is missing: expected number or string',
    ],
    [
      'cut',
      `${MINIMAL}conversation:\n  thinkTime:\n    type: exponential\n    mean: 2s\n    min: 5s\n    max: 3s`,
      'conversation.thinkTime.max:8 must not be below min',
    ],
    ['no turns', `${MINIMAL}conversation:\n  turns: 0`, 'conversation.turns:4 can never reach 1'],
    ['too many turns', `${MINIMAL}conversation:\n  turns: 1e9`, 'conversation.turns:4 is more than 10,000'],
    [
      'a prompt that no memory holds',
      `${MINIMAL}conversation:\n  prompt: { type: uniform, min: 1, max: 1e12 }`,
      'conversation.prompt:4 is more than 10,000,000',
    ],
    [
      'a median out of reach',
      `${MINIMAL}conversation:\n  prompt: { type: lognormal, median: 1e9, sigma: 1 }`,
      'conversation.prompt:4 is more than 10,000,000',
    ],
    [
      'a long system prompt',
      `${MINIMAL}conversation:\n  systemPrompts: [{ share: 1, tokens: 1e12 }]`,
      'conversation.systemPrompts.0.tokens:4 too big: expected number to be <=10000000',
    ],
    [
      'aliases that grow without end',
      `${MINIMAL}description: &a [&b [&c [x, x, x, x, x, x, x, x, x, x], *c, *c, *c, *c, *c, *c, *c, *c, *c], *b, *b, *b, *b, *b]\nwarmUp: [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]`,
      ': Excessive alias count indicates a resource exhaustion attack',
    ],
    [
      'languages',
      `${MINIMAL}conversation:\n  languages: { en: 0.5, zh: 0.4 }`,
      'conversation.languages:4 the shares must come to 1',
    ],
    [
      'language',
      `${MINIMAL}conversation:\n  languages: { en: 0.5, fr: 0.5 }`,
      'conversation.languages.fr:4 unknown key; known here: en, zh',
    ],
    [
      'system prompts',
      `${MINIMAL}conversation:\n  systemPrompts:\n    - { share: 0.7, tokens: 9 }\n    - { share: 0.4, tokens: 9 }`,
      'conversation.systemPrompts:4 the shares come to more than 1',
    ],
    [
      'share',
      `${MINIMAL}conversation:\n  regenerate: 20`,
      'conversation.regenerate:4 too big: expected number to be <=1',
    ],
    [
      'exact answers',
      `${MINIMAL}conversation:\n  exactAnswers: true`,
      'conversation.exactAnswers:4 needs the length of answers: set conversation.answer',
    ],
    [
      'nothing steady',
      `${MINIMAL}warmUp: 15s\ncoolDown: 5s`,
      'warmUp:3 no steady part is left: warmUp and coolDown take 20000 ms of 20000 ms',
    ],
    [
      'threshold',
      `${MINIMAL}thresholds:\n  - errors.rate < 1%\n  - ttft.p95 < fast`,
      'thresholds.1:5 threshold "ttft.p95 < fast": is not of the form "FIGURE < LIMIT", for example "ttft.p95 < 2s"',
    ],
    [
      'goodput of nothing',
      `${MINIMAL}thresholds: [goodput > 90%]`,
      'thresholds.0:3 goodput counts requests that meet the SLO, and slo is empty',
    ],
    [
      'not YAML',
      'name: a\nexecutor: { type: [',
      ':2 not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['a key twice', `${MINIMAL}name: again`, ':3 not YAML: Map keys must be unique'],
    ['not a map', '- smoke', ':1 expected a map of keys and values'],
    ['empty', '', ':1 expected a map of keys and values'],
  ])('%s', (_, yaml, expected) => {
    expect(faults(yaml)).toContain(expected)
  })

  test.each<[string, string]>([
    ['prompt: 5', 'conversation.prompt'],
    ['answer: 5', 'conversation.answer'],
    ['turns: 5', 'conversation.turns'],
    ['languages: { zh: 1 }', 'conversation.languages'],
    ['systemPrompts: [{ share: 1, tokens: 9 }]', 'conversation.systemPrompts'],
  ])('a trace contradicts %s', (text, path) => {
    const trace =
      'name: a\nexecutor: { type: trace, format: mooncake, file: x, maxUsers: 3 }\nconversation:\n'
    expect(faults(`${trace}  ${text}`).map((fault) => fault.split(' ')[0])).toEqual([`${path}:4`])
  })
})

test('all of them at once, also those between parts that are right', () => {
  const yaml = `nam: a\n${EXECUTOR}\nwarmUp: 30s\nconversation:\n  turns: x\nslo: { tftt: 2s }\n`
  expect(
    faults(yaml)
      .map((fault) => fault.split(' ')[0])
      .sort(),
  ).toEqual(['conversation.turns:5', 'nam:1', 'name:1', 'slo.tftt:6', 'warmUp:3'])
})
