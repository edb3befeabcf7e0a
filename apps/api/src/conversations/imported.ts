import { omitUndefined } from '@slicechat/contract'
import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { importFile } from '../input.ts'
import { CodedError } from '../errors.ts'
import type { NewMessage } from '../store/conversations.ts'

/**
 * Gives the messages of an exported conversation new ids, because their old ids may be in use.
 * @throws {CodedError} BAD_INPUT when the messages form no tree
 */
export function withNewIds(messages: z.infer<typeof importFile>['messages']): NewMessage[] {
  const ids = new Map<string, string>()
  return messages.map((message, index): NewMessage => {
    const parentId = message.parentId === null ? null : ids.get(message.parentId)
    if (parentId === undefined)
      throw new CodedError('BAD_INPUT', 'A message must come after the message it answers.', {
        field: `messages.${index}.parentId`,
      })
    if (ids.has(message.id))
      throw new CodedError('BAD_INPUT', 'Every message needs an id of its own.', {
        field: `messages.${index}.id`,
      })
    const id = randomUUID()
    ids.set(message.id, id)
    const { role, content, reasoning, note, createdAt } = message
    return {
      id,
      parentId,
      role,
      content,
      reasoning,
      ...omitUndefined({ note, createdAt }),
    }
  })
}
