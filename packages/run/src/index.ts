export { FEW_SAMPLES, isSlowest, markFew } from './histogram/few-samples.ts'
export { type CdfPoint, LatencyHistogram } from './histogram/latency-histogram.ts'
export { encodedHistograms, parseRun, RunProblem } from './schema/parse-run.ts'
export {
  type Interval,
  type Latencies,
  type Run,
  RUN_SCHEMA,
  runSchema,
  type Self,
  type Slo,
  type Tally,
} from './schema/run.ts'
export { isThroughApi } from './schema/through-api.ts'
export { type Witness, witnessSchema } from './schema/witness.ts'
export {
  evaluateThresholds,
  goodShare,
  notJudged,
  parseThreshold,
  steadySeconds,
  ThresholdError,
} from './thresholds/threshold.ts'
export { tokenRate, answersWithoutUsage } from './thresholds/throughput.ts'
