import { readFileSync } from 'node:fs'
import { planOf } from '../plan/plan-of.ts'
import { remarksOf } from '../plan/plan.ts'
import { loadScenario } from '../scenario/load.ts'
import { scenarioText } from '../scenario/scenario-text.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { shippedScenarios } from '../scenario/shipped.ts'
import type { Console } from '../terminal/console.ts'
import { countText, spanText } from '../terminal/number-text.ts'
import { command } from './command.ts'
import { EXIT } from '../problems/exit-code.ts'
import { flag } from './flag.ts'
import { DEFAULT_SEED, loadFlags, scenarioFlags, shortFormsOf } from './target-flags.ts'
import { programName } from './program-name.ts'

const flags = {
  set: scenarioFlags.set,
  ...loadFlags,
  json: flag.switch(
    'prints it as it would be run, --set applied and defaults filled in: a scenario file in JSON',
  ),
} as const

export const scenarios = command({
  name: 'scenarios',
  summary: 'lists the scenarios that ship; with a name or path checks one and prints it',
  words: { names: '[SCENARIO]', min: 0, max: 1 },
  flags,
  examples: ['scenarios', 'scenarios office-day > ours.yaml', 'scenarios ./ours.yaml --json > whole.json'],
  run: ({ words: [name], flags, console }) => {
    if (name === undefined) console.result(listOf(console.paintResult))
    else {
      const loaded = loadScenario(name, flags.set, shortFormsOf(flags))
      // A trace's file is read only by the plan.
      for (const remark of remarksOf(planOf(loaded.scenario, DEFAULT_SEED, loaded))) console.say(remark)
      if (flags.json) console.result(scenarioText(loaded))
      else console.file(`${readFileSync(loaded.source, 'utf8').trimEnd()}\n`)
    }
    return Promise.resolve(EXIT.met)
  },
})

function listOf(paint: Console['paintResult']): string {
  const parts = shippedScenarios().map((name) => {
    const { scenario, directory } = loadScenario(name)
    const { durationMs } = planOf(scenario, DEFAULT_SEED, { directory })
    return `${paint('bold', name)}  ${spanText(durationMs)}, ${loadOf(scenario)}\n  ${scenario.description}`
  })
  const [one = 'smoke'] = shippedScenarios().filter((name) => name === 'smoke')
  return `${parts.join('\n\n')}\n\nRun one: ${programName} run ${one}. One of your own: print one into a file, change it, give its path.`
}

/** The load of a scenario, in a few words. */
function loadOf({ executor }: Scenario): string {
  switch (executor.type) {
    case 'constant-vus':
      return countText(executor.users, 'user')
    case 'ramping-vus':
      return `up to ${countText(Math.max(executor.startUsers, ...executor.stages.map(({ users }) => users)), 'user')}`
    case 'constant-arrival-rate':
      return `${executor.rate} conversations/s`
    case 'ramping-arrival-rate':
      return `up to ${Math.max(executor.startRate, ...executor.stages.map(({ rate }) => rate))} conversations/s`
    case 'trace':
      return `a trace (${executor.format})`
  }
}
