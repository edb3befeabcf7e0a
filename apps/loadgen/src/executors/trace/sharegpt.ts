import { z } from 'zod'
import { estimatedTokens } from '../../dialogues/length.ts'
import type { Message } from '../../plan/traced-conversation.ts'
import type { TraceFile } from './trace-file.ts'
import type { TracedConversation } from '../../plan/traced-conversation.ts'

const USERS = new Set(['human', 'user'])
const ASSISTANTS = new Set(['gpt', 'assistant', 'chatgpt', 'bing', 'bard', 'model'])
const SYSTEM_ROLES = new Set(['system', 'developer'])
/** Most characters of text that a thread keeps in memory, all conversations together. */
const MAX_CHARACTERS = 256 * 1024 * 1024

/** A message's text, as a string or as parts in OpenAI's format. */
const text = z.union([
  z.string(),
  z
    .array(z.looseObject({ type: z.literal('text'), text: z.string() }))
    .transform((parts) => parts.map((part) => part.text).join('')),
])
const said = z.union([
  z.looseObject({ from: z.string(), value: text }).transform(({ from, value }) => ({ from, value })),
  z
    .looseObject({ role: z.string(), content: text })
    .transform(({ role, content }) => ({ from: role, value: content })),
])
const entry = z.union([
  z.looseObject({ conversations: z.array(said) }).transform(({ conversations }) => conversations),
  z.looseObject({ messages: z.array(said) }).transform(({ messages }) => messages),
  z.looseObject({ conversation: z.array(said) }).transform(({ conversation }) => conversation),
])
const FORM = 'expected conversations: a list of {from, value}, or messages: a list of {role, content}'

type Said = z.output<typeof said>

/**
 * Reads ShareGPT-style JSON or JSONL: conversations, each a list of messages of `human` and `gpt` (or of
 * `user` and `assistant`). The user's messages are sent unchanged, after the system prompt that was recorded
 * before them. The recorded answer's length is the maximum of the new answer's.
 */
export function readShareGpt(file: TraceFile): TracedConversation[] {
  const found: TracedConversation[] = []
  let characters = 0
  for (const { line, text: json } of file.items()) {
    if (file.isEnough(found.length, characters > MAX_CHARACTERS)) break
    const spoken = spokenIn(json)
    if (typeof spoken === 'string') {
      file.invalid(line, spoken)
      continue
    }
    const messages = messagesOf(spoken)
    if (messages.length === 0) {
      file.invalid(line, 'no user says anything in it')
      continue
    }
    const first = spoken.findIndex(({ from }) => USERS.has(from))
    const systems = spoken.filter(({ from, value }) => SYSTEM_ROLES.has(from) && value.trim() !== '')
    const before = systems.filter((one) => spoken.indexOf(one) < first)
    for (let late = before.length; late < systems.length; late++)
      file.leaveOut("system messages after the user's first")
    const systemPrompt = before.length === 0 ? undefined : before.map(({ value }) => value).join('\n\n')
    characters += messages.reduce((sum, { content }) => sum + content.length, systemPrompt?.length ?? 0)
    found.push({ atMs: undefined, systemPrompt, messages: () => messages })
  }
  return found
}

/** @returns the messages, or what is wrong */
function spokenIn(json: string): Said[] | string {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    return `not JSON: ${(error as Error).message}`
  }
  const result = entry.safeParse(value)
  return result.success ? result.data : FORM
}

function messagesOf(spoken: readonly Said[]): Message[] {
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
