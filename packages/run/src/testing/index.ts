export { withCount, worldOf } from './arbitrary-world.ts'
export { aLatencies, anInterval, aRun, aTally, aWitness, times } from './parts.ts'
export { sampleRun } from './sample-run.ts'
