export { LatencyHistogram, type CdfPoint } from './histogram/latency-histogram.ts'
export * from './run/run.ts'
export { witnessSchema, type Witness } from './witness/witness.ts'
