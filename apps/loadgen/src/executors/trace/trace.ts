import { resolve } from 'node:path'
import { defineExecutor, type Report, type ScenarioParts } from '../executor-type.ts'
import { tracePlan } from './trace-plan.ts'
import { type TraceFormat, traceSchema } from './trace-schema.ts'

/** Replays a recorded trace. */
export const trace = defineExecutor({
  type: 'trace',
  schema: traceSchema,
  isRecorded: true,
  loadFlags: {
    users:
      'the trace says when conversations begin: use --set executor.speed=N, or executor.maxUsers=N for the most at once',
    rate: true,
    duration:
      'a trace takes as long as it was recorded: use --set executor.speed=N, or executor.limit=N for its beginning',
  },
  durationMs: () => undefined,
  validate: ({ format }, parts, report) => validateParts(format, parts, report),
  plan: tracePlan,
  written: (executor, directory) => ({ ...executor, file: resolve(directory, executor.file) }),
  describe: ({ format }) => `a trace (${format})`,
  stageAt: () => 'steady',
})

/** Reports the parts of a scenario that the trace decides. */
function validateParts(format: TraceFormat, { arrivals, conversation }: ScenarioParts, report: Report): void {
  if (arrivals !== undefined && format !== 'sharegpt')
    report('arrivals', `the ${format} trace says when conversations arrive`)
  if (conversation === undefined) return
  const { prompt, answer, turns, systemPrompts, languages } = conversation
  if (prompt !== undefined) report('conversation.prompt', `the ${format} trace says how long messages are`)
  if (languages.zh > 0 && format !== 'burstgpt' && format !== 'azure')
    report('conversation.languages', `the language is that of the ${format} trace`)
  if (format === 'sharegpt') return
  if (turns !== undefined)
    report('conversation.turns', `each request of a ${format} trace is a conversation of one turn`)
  if (answer !== undefined) report('conversation.answer', `the ${format} trace says how long answers are`)
  if (systemPrompts.length > 0)
    report('conversation.systemPrompts', `the lengths of a ${format} trace are those of whole prompts`)
}
