import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TraceFormat } from '../trace-schema.ts'
import { ScenarioProblem } from '../../../problems/scenario-problem.ts'
import { scenarioSchema } from '../../../scenario/scenario.ts'
import type { OpenPlan } from '../../../plan/plan.ts'
import { planOf } from '../../../scenario/plan-of.ts'

/** A temporary folder with a trace in it, and the plan of a run of it. */
export class Replay implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), 'traces-'))

  readonly plan = (
    format: TraceFormat,
    text: string | Uint8Array,
    executor: object = {},
    rest: object = {},
  ): OpenPlan => {
    writeFileSync(join(this.#directory, 'trace'), text)
    const own = format === 'sharegpt' ? { rate: 2 } : {}
    const scenario = scenarioSchema.parse({
      name: 'replay',
      executor: { type: 'trace', format, file: 'trace', maxUsers: 5, ...own, ...executor },
      ...rest,
    })
    return planOf(scenario, 1, { directory: this.#directory }) as OpenPlan
  };

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true })
  }
}

export const requests = (plan: OpenPlan) =>
  [...plan.arrivals()].map(({ atMs, conversation: { turns, systemPrompt } }) => ({
    atMs,
    turns,
    systemPrompt,
  }))

/** The findings of the ScenarioProblem that `make` throws. */
export function findings(make: () => unknown) {
  try {
    make()
  } catch (error) {
    if (error instanceof ScenarioProblem)
      return error.findings.map(({ line, path, message }) => ({ line, path, message }))
    throw error
  }
  throw new Error('nothing was wrong')
}
