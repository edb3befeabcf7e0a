import { WitnessProblem } from '@slicechat/witness'
import { RunProblem, ThresholdError } from '@slicechat/run'
import { MergeProblem } from '@slicechat/run/merge'
import { ZodError } from 'zod'
import { ScenarioProblem } from './scenario-problem.ts'
import { TargetProblem } from './target-problem.ts'
import { EXIT } from './exit-code.ts'
import { InputProblem } from './input-problem.ts'
import { UsageProblem } from './usage-problem.ts'

/** What is printed of an error, and the exit code. */
export interface Failure {
  readonly code: number
  readonly lines: readonly string[]
}

/** Separates errors that the user can correct from defects of this program, whose stack is shown. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UsageProblem) return { code: EXIT.usage, lines: error.problems }
  if (error instanceof ZodError)
    return {
      code: EXIT.badConfiguration,
      lines: error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
    }
  if (
    error instanceof ScenarioProblem ||
    error instanceof TargetProblem ||
    error instanceof InputProblem ||
    error instanceof WitnessProblem ||
    error instanceof RunProblem ||
    error instanceof MergeProblem ||
    error instanceof ThresholdError
  )
    return { code: EXIT.badConfiguration, lines: error.message.split('\n') }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: EXIT.error, lines: [text] }
}
