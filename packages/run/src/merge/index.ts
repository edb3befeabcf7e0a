export { mergeIntervals, MergeProblem, mergeRuns, mergeSelves } from './merge-runs.ts'
export { mergeTallies } from './merge-tallies.ts'
