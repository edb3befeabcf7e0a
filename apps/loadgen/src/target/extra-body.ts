/** Keys of a chat completion's body beyond the load tester's own, such as `chat_template_kwargs`. */
export type ExtraBody = Readonly<Record<string, unknown>>

const BY_LOADGEN = 'is set by the load tester'
const BY_ANSWER = 'is set by the scenario: conversation.answer and conversation.exactAnswers'

/** Keys that the user cannot set, with the reason. */
const RESERVED: Readonly<Record<string, string>> = {
  messages: `${BY_LOADGEN}: they are the conversation`,
  model: 'is set by --model',
  stream: BY_LOADGEN,
  stream_options: BY_LOADGEN,
  n: `${BY_LOADGEN}: a request is one answer`,
  max_tokens: BY_ANSWER,
  max_completion_tokens: BY_ANSWER,
  min_tokens: BY_ANSWER,
  ignore_eos: BY_ANSWER,
  temperature: 'is set by the scenario: conversation.temperature',
}

/** Why the user cannot set a key; `undefined` if they can. */
export const bodyKeyProblem = (key: string): string | undefined =>
  Object.hasOwn(RESERVED, key) ? RESERVED[key] : undefined
