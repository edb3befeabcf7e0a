import { fitted } from '../../dialogues/material.ts'
import { userTurns } from '../../dialogues/library.ts'
import { MOST_TOKENS } from '../../scenario/conversation.ts'
import type { TracedConversation } from './traced-conversation.ts'
import type { TraceFile } from './trace-file.ts'

const COLUMNS = ['Timestamp', 'Request tokens', 'Response tokens'] as const
/** What a cell of each column looks like. */
const FORMS = [/^\d+(\.\d+)?$/, /^\d+$/, /^\d+$/]

/**
 * BurstGPT's CSV (https://github.com/HPMLL/BurstGPT): a request a line, `Timestamp` in seconds, lengths in tokens; columns
 * are found by name. The trace writes 0 response tokens where the service failed: nobody knows how long those answers
 * were to be, and they are left out.
 */
export function readBurstGpt(file: TraceFile, limit: number): TracedConversation[] {
  const found: TracedConversation[] = []
  let columns: readonly number[] | undefined
  let width = 0
  for (const { line, text } of file.lines()) {
    if (found.length === limit) break
    const cells = text.split(',').map((cell) => cell.trim())
    if (columns === undefined) {
      columns = COLUMNS.map((name) => cells.indexOf(name))
      width = cells.length
      const missing = COLUMNS.filter((name) => !cells.includes(name))
      if (missing.length === 0) continue
      file.report(`the header lacks ${missing.map((name) => `"${name}"`).join(', ')}`, { line })
      break
    }
    if (cells.length !== width) {
      file.report(`has ${cells.length} columns, the header ${width}`, { line })
      continue
    }
    const values = columns.map((column) => cells[column] ?? '')
    const wrong = COLUMNS.flatMap((name, index) => {
      const cell = values[index] ?? ''
      return FORMS[index]?.test(cell) === true ? [] : [`${name} is "${cell}", not a number`]
    })
    if (wrong.length > 0) {
      file.report(wrong.join('; '), { line })
      continue
    }
    const [seconds = 0, request = 0, response = 0] = values.map(Number)
    if (Math.max(request, response) > MOST_TOKENS) {
      file.report(`has more than ${MOST_TOKENS.toLocaleString('en-US')} tokens`, { line })
      continue
    }
    if (response > 0) found.push(conversation(seconds, request, response))
  }
  return found
}

function conversation(seconds: number, request: number, response: number): TracedConversation {
  return {
    atMs: seconds * 1000,
    messages: (random, language) => {
      const [words = ''] = userTurns(language, 1, random('dialogue'))
      const content = fitted(words, Math.max(1, request), language, random('material'))
      return [{ content, maxTokens: response }]
    },
  }
}
