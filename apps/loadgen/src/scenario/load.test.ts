import { writeFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { loadScenario } from './load.ts'
import { MINIMAL, ScenarioFile, problemOf } from './testing/scenario-file.ts'

const file = new ScenarioFile()
afterAll(() => file[Symbol.dispose]())

const load = (yaml: string) => file.load(yaml).scenario

test('a file has its defaults filled in and its durations in milliseconds', () => {
  expect(load(MINIMAL)).toEqual({
    name: 'mine',
    description: '',
    executor: { type: 'constant-vus', users: 2, duration: 20_000 },
    conversation: {
      thinkTime: { type: 'constant', value: 0 },
      exactAnswers: false,
      systemPrompts: [],
      languages: { en: 1, zh: 0 },
      regenerate: 0,
    },
    warmUp: 0,
    coolDown: 0,
    grace: 60_000,
    slo: {},
    thresholds: [],
  })
  expect(load(`${MINIMAL}warmUp: 500ms\ngrace: 1.5m\ncoolDown: 2s\n`)).toMatchObject({
    warmUp: 500,
    grace: 90_000,
    coolDown: 2000,
  })
})

test('by name or by path, with where it came from', () => {
  expect(loadScenario('smoke').source).toMatch(/scenarios[/\\]smoke\.yaml$/)
  writeFileSync(file.path, MINIMAL)
  expect(loadScenario(file.path)).toMatchObject({ source: file.path, directory: file.folder })
})

test('the message has file, line and path, as an editor understands them', () => {
  expect(problemOf(() => load(`${MINIMAL}warmup: 3s`)).message).toBe(
    `${file.path}:3: warmup: unknown key; did you mean warmUp?`,
  )
})

describe('what is not there', () => {
  test('a name: the nearest, and all', () => {
    expect(problemOf(() => loadScenario('smok')).message).toMatch(
      /Did you mean smoke\? These ship: burst, .*soak/,
    )
  })
  test('a path', () => {
    expect(problemOf(() => loadScenario('./no/such.yaml')).message).toBe(
      './no/such.yaml: cannot be read (ENOENT)',
    )
    expect(problemOf(() => loadScenario(file.folder)).message).toContain('cannot be read (EISDIR)')
  })
})
