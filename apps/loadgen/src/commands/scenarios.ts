import { readFileSync } from 'node:fs'
import { executorTypeOf } from '../executors/executors.ts'
import { planOf } from '../scenario/plan-of.ts'
import { remarksOf } from '../plan/plan.ts'
import { loadScenario } from '../scenario/load.ts'
import { scenarioText } from '../scenario/scenario-text.ts'
import { shippedScenarios } from '../scenario/shipped.ts'
import type { Console } from '../terminal/console.ts'
import { spanText } from '../terminal/number-text.ts'
import { command } from './command.ts'
import { EXIT } from '../problems/exit-code.ts'
import { flag } from './flag.ts'
import { DEFAULT_SEED, loadFlags, scenarioFlags, shortFormsOf } from './target-flags.ts'
import { PROGRAM_NAME } from './program-name.ts'

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
  positionals: { names: '[SCENARIO]', min: 0, max: 1 },
  flags,
  examples: ['scenarios', 'scenarios office-day > ours.yaml', 'scenarios ./ours.yaml --json > whole.json'],
  run: ({ positionals: [name], flags, console }) => {
    if (name === undefined) console.result(listOf(console.paintResult))
    else {
      const loaded = loadScenario(name, flags.set, shortFormsOf(flags))
      // A trace's file is read only by the plan.
      for (const remark of remarksOf(planOf(loaded.scenario, DEFAULT_SEED, loaded))) console.message(remark)
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
    return `${paint('bold', name)}  ${spanText(durationMs)}, ${executorTypeOf(scenario.executor).describe(scenario.executor)}\n  ${scenario.description}`
  })
  const [one = 'smoke'] = shippedScenarios().filter((name) => name === 'smoke')
  return `${parts.join('\n\n')}\n\nRun one: ${PROGRAM_NAME} run ${one}. One of your own: print one into a file, change it, give its path.`
}
