import { startSlice } from './start.ts'

export type { Fault } from './faults/fault.ts'
export type { SimulatorOptions } from './options.ts'
export type { Simulator } from './start.ts'

/**
 * Starts a simulated vLLM server in this process. `port: 0` takes any free port; every option may be left out.
 * Throws a `BadConfiguration` if the model does not fit on the slice, or anything else is wrong with the options.
 *
 * @example
 * const simulator = await startSimulator({ port: 0, ttftMs: 5, itlMs: 1 })
 * simulator.faults.add({ kind: 'reset', afterTokens: 3, times: 1 })
 * await fetch(`${simulator.url}/v1/models`)
 * await simulator.close()
 */
export const startSimulator = startSlice
