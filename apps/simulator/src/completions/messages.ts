import type { Turn } from '../tokens/template.ts'
import { isObject, type Fields } from './fields.ts'

/** The message that is answered. */
export const lastUserMessage = (turns: readonly Turn[]): string =>
  turns.findLast((turn) => turn.role === 'user')?.content ?? turns.at(-1)?.content ?? ''

/** Reads the turns of `messages` and joins the parts of each; problems are added to `fields`. */
export function readMessages(fields: Fields): Turn[] {
  const value = fields.raw('messages')
  if (value === undefined) {
    fields.missing('messages')
    return []
  }
  if (!Array.isArray(value)) {
    fields.addProblem('messages', 'list_type', 'Input should be a valid list', value)
    return []
  }
  const turns: Turn[] = []
  for (const [at, message] of value.entries()) {
    const turn = readMessage(fields, `messages.${at}`, message)
    if (turn !== undefined) turns.push(turn)
  }
  return turns
}

function readMessage(fields: Fields, at: string, message: unknown): Turn | undefined {
  // vLLM tries a dozen kinds of message and reports each; the simulator reports the one that fits the role.
  if (!isObject(message)) {
    const loc = `${at}.ChatCompletionUserMessageParam`
    fields.addProblem(loc, 'dict_type', 'Input should be a valid dictionary', message)
    return undefined
  }
  const { role, content } = message
  if (typeof role !== 'string') {
    const loc = `${at}.CustomChatCompletionMessageParam.role`
    if (role === undefined) fields.addProblem(loc, 'missing', 'Field required', message)
    else fields.addProblem(loc, 'string_type', 'Input should be a valid string', role)
    return undefined
  }
  const text = contentText(content)
  if (text !== undefined) return { role, content: text }
  // An assistant's turn may have no content, because it can consist of tool calls.
  if (role === 'assistant' && (content === null || content === undefined)) return { role, content: '' }
  const loc = `${at}.ChatCompletion${kindOf(role)}MessageParam.content`
  if (content === undefined) fields.addProblem(loc, 'missing', 'Field required', message)
  else fields.addProblem(loc, 'string_type', 'Input should be a valid string', content)
  return undefined
}

function contentText(content: unknown): string | undefined {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  const texts: string[] = []
  for (const part of content) {
    if (typeof part === 'string') texts.push(part)
    else if (isObject(part) && part['type'] === 'text' && typeof part['text'] === 'string')
      texts.push(part['text'])
    else return undefined
  }
  return texts.join('\n')
}

function kindOf(role: string): string {
  const known = ['developer', 'system', 'user', 'assistant', 'tool', 'function']
  return known.includes(role) ? role.charAt(0).toUpperCase() + role.slice(1) : 'User'
}
