/** The first error in a JSON text, with the position and the message of Python's decoder. */
export interface JsonProblem {
  readonly at: number
  readonly message: string
}

class JsonError extends Error {
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

/** Parses a text as Python's `json` does. @returns the first error, `undefined` if there is none */
export function findJsonProblem(text: string): JsonProblem | undefined {
  try {
    const end = skipSpace(text, value(text, skipSpace(text, 0)))
    if (end < text.length) return { at: end, message: 'Extra data' }
    return undefined
  } catch (error) {
    if (error instanceof JsonError) return { at: error.at, message: error.message }
    // The text is nested too deeply for the stack. Python fails on that too, with another message.
    return { at: 0, message: 'Expecting value' }
  }
}

function skipSpace(text: string, at: number): number {
  while (at < text.length && ' \t\n\r'.includes(text[at] as string)) at++
  return at
}

const SCALAR = /null|true|false|NaN|Infinity|-Infinity|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y

function value(text: string, at: number): number {
  if (text[at] === '"') return string(text, at)
  if (text[at] === '{') return object(text, at)
  if (text[at] === '[') return array(text, at)
  SCALAR.lastIndex = at
  if (!SCALAR.test(text)) throw new JsonError('Expecting value', at)
  return SCALAR.lastIndex
}

function string(text: string, begin: number): number {
  for (let at = begin + 1; at < text.length; at++) {
    const c = text[at] as string
    if (c === '"') return at + 1
    if (c < ' ') throw new JsonError('Invalid control character at', at)
    if (c !== '\\') continue
    at++
    if (at >= text.length) break
    if (text[at] === 'u') {
      if (!/^[0-9a-fA-F]{4}/.test(text.slice(at + 1, at + 5)))
        throw new JsonError('Invalid \\uXXXX escape', at + 1)
      at += 4
    } else if (!'"\\/bfnrt'.includes(text[at] as string)) throw new JsonError('Invalid \\escape', at - 1)
  }
  throw new JsonError('Unterminated string starting at', begin)
}

function object(text: string, begin: number): number {
  let at = skipSpace(text, begin + 1)
  if (text[at] === '}') return at + 1
  for (;;) {
    if (text[at] !== '"') throw new JsonError('Expecting property name enclosed in double quotes', at)
    at = skipSpace(text, string(text, at))
    if (text[at] !== ':') throw new JsonError("Expecting ':' delimiter", at)
    at = skipSpace(text, value(text, skipSpace(text, at + 1)))
    if (text[at] === '}') return at + 1
    if (text[at] !== ',') throw new JsonError("Expecting ',' delimiter", at)
    at = skipSpace(text, at + 1)
  }
}

function array(text: string, begin: number): number {
  let at = skipSpace(text, begin + 1)
  if (text[at] === ']') return at + 1
  for (;;) {
    at = skipSpace(text, value(text, at))
    if (text[at] === ']') return at + 1
    if (text[at] !== ',') throw new JsonError("Expecting ',' delimiter", at)
    at = skipSpace(text, at + 1)
  }
}
