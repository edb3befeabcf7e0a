export * from './run/run.ts'
export { witnessSchema, type Witness } from './witness/witness.ts'
