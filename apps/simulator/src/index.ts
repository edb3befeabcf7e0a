export type { Fault } from './faults/fault.ts'
export type { SimulatorOptions } from './configuration/options.ts'
export { startSimulator, type Simulator } from './start.ts'
