import { resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { planOf } from './plan-of.ts'
import { loadScenario, type LoadedScenario } from './load.ts'
import { scenarioText } from './scenario-text.ts'
import { shippedScenarios } from './shipped.ts'
import { MINIMAL, ScenarioFile } from './testing/scenario-file.ts'

const file = new ScenarioFile()
afterAll(() => file[Symbol.dispose]())

/** The scenario, independent of the folder that it was loaded from. */
function placeless({ scenario, directory }: LoadedScenario): unknown {
  const { executor } = scenario
  if (executor.type !== 'trace') return scenario
  return { ...scenario, executor: { ...executor, file: resolve(directory, executor.file) } }
}

test.each(shippedScenarios())('%s, printed into a file of another folder, is the same scenario', (name) => {
  const shipped = loadScenario(name)
  const again = file.load(scenarioText(shipped))
  expect(again.scenario).toEqual(placeless(shipped))
  expect(planOf(again.scenario, 1, again).durationMs).toBe(planOf(shipped.scenario, 1, shipped).durationMs)
})

test('durations are written as people write them, and are the same to the last digit', () => {
  const times = [
    'warmUp: 0',
    'coolDown: 1.5s',
    'grace: 90s',
    'slo: { ttft: 0.1ms, interToken: 33.3ms, e2e: 2h }',
  ]
  const written = file.load(`${MINIMAL}${times.join('\n')}\n`)
  const text = scenarioText(written)
  expect(JSON.parse(text)).toMatchObject({
    executor: { duration: '20s' },
    warmUp: '0s',
    coolDown: '1500ms',
    grace: '90s',
    slo: { ttft: '0.1ms', interToken: '33.3ms', e2e: '2h' },
  })
  expect(file.load(text).scenario).toEqual(written.scenario)
})

test('times by chance are written with their units too', () => {
  const written = file.load(
    `${MINIMAL}conversation:\n  thinkTime: { type: empirical, values: [0, 1500ms] }\n  abandon: { share: 0.1, after: { type: lognormal, median: 2s, sigma: 0.5 } }\n`,
  )
  expect(JSON.parse(scenarioText(written))).toMatchObject({
    conversation: {
      thinkTime: { values: ['0s', '1500ms'] },
      abandon: { after: { type: 'lognormal', median: '2s', sigma: 0.5 } },
    },
  })
  expect(file.load(scenarioText(written)).scenario).toEqual(written.scenario)
})
