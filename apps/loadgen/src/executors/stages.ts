import { z } from 'zod'
import { durationText, span } from '../schema/duration.ts'

/** A stage: over its duration, users or rate change linearly to its value. */
interface Stage {
  readonly duration: number
}

/** The schema of stages with a value of that name. */
export const stagesOf = <Value extends Readonly<Record<string, z.ZodType>>>(value: Value) =>
  z.array(z.strictObject({ duration: span, ...value })).min(1)

/** Milliseconds of all stages together. */
export const durationOfStages = (stages: readonly Stage[]): number =>
  stages.reduce((sum, { duration }) => sum + duration, 0)

/** Stages as a scenario file has them. */
export const writtenStages = (stages: readonly Stage[]): object[] =>
  stages.map((stage) => ({ ...stage, duration: durationText(stage.duration) }))

/** The stage at a time of the run, in a few words. @param aimOf what a stage leads to, such as `5 users` */
export function stageText<S extends Stage>(
  stages: readonly S[],
  elapsedMs: number,
  aimOf: (stage: S) => string,
): string {
  let endMs = 0
  for (const [index, stage] of stages.entries()) {
    endMs += stage.duration
    if (elapsedMs < endMs) return `stage ${index + 1} of ${stages.length}, towards ${aimOf(stage)}`
  }
  return 'steady'
}

/** Why stages have no short form of a key. @param part what each of them has instead */
export const inStages = (part: string): string => `it has stages, each with a ${part} of its own`
