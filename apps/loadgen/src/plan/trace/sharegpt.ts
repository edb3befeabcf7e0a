import { z } from 'zod'
import { estimatedTokens } from '../../dialogues/length.ts'
import type { Message } from '../conversation.ts'
import type { TracedConversation } from './traced-conversation.ts'
import type { TraceFile } from './trace-file.ts'

const USERS = new Set(['human', 'user'])
const ASSISTANTS = new Set(['gpt', 'assistant', 'chatgpt', 'bing', 'bard'])

const said = z.union([
  z.looseObject({ from: z.string(), value: z.string() }).transform(({ from, value }) => ({ from, value })),
  z
    .looseObject({ role: z.string(), content: z.string() })
    .transform(({ role, content }) => ({ from: role, value: content })),
])
const message = 'expected conversations: a list of {from, value}, or messages: a list of {role, content}'
const entry = z.union(
  [
    z.looseObject({ conversations: z.array(said) }).transform(({ conversations }) => conversations),
    z.looseObject({ messages: z.array(said) }).transform(({ messages }) => messages),
  ],
  { error: message },
)

/**
 * ShareGPT-style JSON: a list of conversations, each a list of messages of `human` and `gpt` (or of `user` and
 * `assistant`). The user's messages are sent as they stand; an answer may be as long as the recorded one. Recorded
 * conversations without a word of the user's are left out, as they are in the public data set.
 */
export function readShareGpt(file: TraceFile, limit: number): TracedConversation[] {
  let value: unknown
  try {
    value = JSON.parse(file.text)
  } catch (error) {
    file.report(`not JSON: ${(error as Error).message}`)
    return []
  }
  if (!Array.isArray(value)) {
    file.report('expected a list of conversations')
    return []
  }
  const found: TracedConversation[] = []
  for (const [index, one] of value.entries()) {
    if (found.length === limit) break
    const result = entry.safeParse(one)
    if (!result.success) {
      file.report(message, { path: `[${index}]` })
      continue
    }
    const messages = messagesOf(result.data)
    if (messages.length > 0) found.push({ atMs: undefined, messages: () => messages })
  }
  return found
}

function messagesOf(spoken: readonly { from: string; value: string }[]): Message[] {
  return spoken.flatMap(({ from, value }, index) => {
    if (!USERS.has(from) || value.trim() === '') return []
    const next = spoken[index + 1]
    const answered = next !== undefined && ASSISTANTS.has(next.from)
    return [
      {
        content: value,
        maxTokens: answered ? Math.max(1, Math.round(estimatedTokens(next.value))) : undefined,
      },
    ]
  })
}
