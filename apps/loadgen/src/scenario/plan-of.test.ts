import { expect, test } from 'vitest'
import { loadScenario } from './load.ts'
import { shippedScenarios } from './shipped.ts'
import { planOf } from './plan-of.ts'
import type { Plan } from '../plan/plan.ts'

const planned = (name: string, seed = 1, sets: string[] = []): Plan => {
  const { scenario, directory } = loadScenario(name, sets)
  return planOf(scenario, seed, { directory })
}

/** The first conversations of a plan with their times. */
function beginning(plan: Plan) {
  if (plan.kind === 'open')
    return [...Iterator.from(plan.arrivals()).take(12)].map(({ atMs, conversation }) => ({
      atMs,
      conversation,
    }))
  return Array.from({ length: 12 }, (_, index) => ({
    atMs: [...plan.changes()][index],
    conversation: plan.conversation(index % 4, Math.floor(index / 4)),
  }))
}

test('ten scenarios ship', () => {
  expect(shippedScenarios()).toEqual([
    'burst',
    'chatty',
    'long-context',
    'office-day',
    'smoke',
    'soak',
    'trace-azure',
    'trace-burstgpt',
    'trace-mooncake',
    'trace-sharegpt',
  ])
})

test.each(shippedScenarios())('%s loads, says what it is for, and plans', (name) => {
  const { scenario } = loadScenario(name)
  expect(scenario.name).toBe(name)
  expect(scenario.description.length).toBeGreaterThan(50)
  expect(Object.keys(scenario.slo).length).toBeGreaterThan(0)
  expect(scenario.thresholds.length).toBeGreaterThan(0)
  const plan = planned(name)
  expect(plan.durationMs).toBeGreaterThan(scenario.warmUp + scenario.coolDown)
  for (const { conversation } of beginning(plan)) {
    expect(conversation.turns.length).toBeGreaterThan(0)
    for (const turn of conversation.turns) {
      expect(turn.content).not.toBe('')
      expect(turn.maxTokens ?? 1).toBeGreaterThan(0)
    }
  }
})

test.each(shippedScenarios())('%s: the same seed, the same conversations at the same times', (name) => {
  expect(beginning(planned(name, 7))).toEqual(beginning(planned(name, 7)))
})

test.each(['smoke', 'burst', 'trace-burstgpt'])('%s: another seed, others', (name) => {
  expect(beginning(planned(name, 7))).not.toEqual(beginning(planned(name, 8)))
})

test('smoke is light: short answers, and done soon after its twenty seconds', () => {
  const plan = planned('smoke')
  expect(plan.durationMs).toBe(20_000)
  for (const { conversation } of beginning(plan))
    for (const { maxTokens } of conversation.turns) {
      expect(maxTokens).toBeGreaterThanOrEqual(60)
      expect(maxTokens).toBeLessThanOrEqual(120)
    }
})

test('an open plan has its arrivals within its time, and can be gone through again', () => {
  const plan = planned('burst')
  if (plan.kind !== 'open') throw new Error('open')
  const moments = [...plan.arrivals()].map(({ atMs }) => atMs)
  expect(moments).toEqual([...plan.arrivals()].map(({ atMs }) => atMs))
  expect(moments).toEqual(moments.toSorted((one, other) => one - other))
  expect(moments.at(-1)).toBeLessThan(plan.durationMs)
  // 12 + 10.5 + 100 + 252 + 18 arrivals are expected.
  expect(moments.length).toBeGreaterThan(280)
  expect(moments.length).toBeLessThan(510)
})

test('arrivals of a rate are numbered, and a change of the conversation moves none of them', () => {
  const times = (sets: string[]) => {
    const plan = planned('soak', 3, sets)
    return plan.kind === 'open' ? [...Iterator.from(plan.arrivals()).take(50)].map(({ atMs }) => atMs) : []
  }
  expect(times(['conversation.turns=9', 'conversation.languages={zh: 1}'])).toEqual(times([]))
})
