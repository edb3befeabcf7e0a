import type { FinishReason, Message } from '@slicechat/contract'
import type { PromptMessage } from '../input.ts'

const FAILED: ReadonlySet<FinishReason | undefined> = new Set(['error', 'interrupted'])

/** The messages from the root of the tree down to `leafId`, oldest first. */
export function branch(messages: readonly Message[], leafId: string | null): Message[] {
  const byId = new Map(messages.map((message) => [message.id, message]))
  const path: Message[] = []
  for (let at = leafId; at !== null;) {
    const message = byId.get(at)
    if (message === undefined) break
    path.push(message)
    byId.delete(at)
    at = message.parentId
  }
  return path.reverse()
}

/**
 * The prompt of a branch, without answers that failed or are empty. Neighbouring messages of one role are joined,
 * because many chat templates require roles to alternate.
 */
export function toPrompt(
  path: readonly Pick<Message, 'role' | 'content' | 'generation'>[],
  systemPrompt: string | undefined,
): PromptMessage[] {
  const prompt: PromptMessage[] = []
  if (systemPrompt !== undefined && systemPrompt !== '')
    prompt.push({ role: 'system', content: systemPrompt })
  for (const { role, content, generation } of path) {
    if (role === 'assistant' && (content === '' || FAILED.has(generation?.reason))) continue
    const last = prompt.at(-1)
    if (last?.role === role) prompt[prompt.length - 1] = { role, content: `${last.content}\n\n${content}` }
    else prompt.push({ role, content })
  }
  return prompt
}
