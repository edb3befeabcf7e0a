import { bodyKeyProblem, type ExtraBody } from '../target/extra-body.ts'
import { type ExtraHeaders, headerProblem } from '../target/extra-headers.ts'
import { flag, type Values } from './flag.ts'
import { UsageProblem } from '../problems/usage-problem.ts'

/** Flags that add something to every request. */
export const requestFlags = {
  header: flag.secretList('NAME=VALUE', 'a header of every request to the target; it is stored nowhere'),
  body: flag.list(
    'KEY=JSON',
    'for an openai: target, a key of every request\'s body, such as chat_template_kwargs={"enable_thinking":false}',
  ),
} as const

/** @throws UsageProblem with everything that is wrong; values of headers are never repeated */
export function requestOf({ header, body }: Values<typeof requestFlags>): {
  headers: ExtraHeaders
  body: ExtraBody
} {
  const problems: string[] = []
  const headers: Record<string, string> = {}
  for (const text of header) {
    const [name, value] = split(text)
    const lower = name.toLowerCase()
    if (value === undefined) problems.push('--header: is not NAME=VALUE, such as X-Team=chat')
    else if (lower in headers) problems.push(`--header ${name}: given twice`)
    else {
      const problem = headerProblem(name, value)
      if (problem !== undefined) problems.push(`--header ${name}: ${problem}`)
      headers[lower] = value
    }
  }
  const keys: [string, unknown][] = []
  for (const text of body) {
    const [key, json] = split(text)
    const problem =
      json === undefined || key === '' ? 'is not KEY=JSON, such as top_k=40' : bodyKeyProblem(key)
    if (problem !== undefined) problems.push(`--body ${key}: ${problem}`)
    else if (keys.some(([other]) => other === key)) problems.push(`--body ${key}: given twice`)
    else
      try {
        keys.push([key, JSON.parse(json ?? '')])
      } catch {
        problems.push(`--body ${key}: its value is no JSON; a text stands in quotes: --body '${key}="text"'`)
      }
  }
  if (problems.length > 0) throw new UsageProblem(problems)
  return { headers, body: Object.fromEntries(keys) }
}

function split(text: string): [name: string, value: string | undefined] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text, undefined] : [text.slice(0, equals).trim(), text.slice(equals + 1).trim()]
}
