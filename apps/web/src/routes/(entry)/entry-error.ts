import { toChatError } from '@slicechat/client'
import { errorText } from '#lib/texts/errors.ts'
import * as texts from '#lib/texts/entry.ts'

/** What is wrong, as a sentence, and the field that it is about. */
export interface EntryProblem {
  text: string
  field: string | undefined
}

/** What the page says about a failed call of somebody who is not signed in. */
export function problemOf(error: unknown): EntryProblem {
  const { code, field, message, retryAfterMs } = toChatError(error)
  if (code === 'RATE_LIMITED') return { text: texts.slowed(retryAfterMs), field: undefined }
  if (code === 'BAD_INPUT' && field !== undefined)
    // The message begins with the field's name, which its label has already.
    return { text: message.replace(/^[\w.]+: /, ''), field }
  return { text: errorText({ code, message }), field: undefined }
}
