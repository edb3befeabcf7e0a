/** One member of a JSON object: where its value stands in the text. */
interface Member {
  name: string
  start: number
  end: number
}

const SPACE = /[ \t\n\r]*/y
const SCALAR = /[^,\]}\s]*/y
const STRUCTURE = /["{}[\]]/g

/** The text of a member's value; `undefined` if the object has no such member. @param json a valid JSON object */
export function memberOf(json: string, name: string): string | undefined {
  const found = find(json, name)
  return found === undefined ? undefined : json.slice(found.start, found.end)
}

/**
 * Sets one member of a JSON object and leaves every other character as it is, so that numbers of any length, spaces and
 * the order of members survive. Of several members of one name the last counts, as for most parsers of JSON.
 * @param json a valid JSON object
 * @param value JSON
 */
export function withMember(json: string, name: string, value: string): string {
  const found = find(json, name)
  if (found !== undefined) return json.slice(0, found.start) + value + json.slice(found.end)
  const start = json.indexOf('{') + 1
  const rest = json.slice(start)
  const isEmpty = rest.trimStart().startsWith('}')
  return `${json.slice(0, start)}${JSON.stringify(name)}:${value}${isEmpty ? '' : ','}${rest}`
}

function find(json: string, name: string): Member | undefined {
  let found: Member | undefined
  for (const member of membersOf(json)) if (member.name === name) found = member
  return found
}

function* membersOf(json: string): Generator<Member> {
  let at = skip(json, json.indexOf('{') + 1, SPACE)
  while (json[at] === '"') {
    const nameEnd = endOfString(json, at)
    const name = JSON.parse(json.slice(at, nameEnd)) as string
    const start = skip(json, skip(json, nameEnd, SPACE) + 1, SPACE)
    const end = endOfValue(json, start)
    yield { name, start, end }
    at = skip(json, skip(json, end, SPACE) + 1, SPACE)
  }
}

/** The position after what a sticky pattern matches at a position. */
function skip(json: string, at: number, pattern: RegExp): number {
  pattern.lastIndex = at
  pattern.test(json)
  return pattern.lastIndex
}

function endOfValue(json: string, start: number): number {
  if (json[start] === '"') return endOfString(json, start)
  if (json[start] !== '{' && json[start] !== '[') return skip(json, start, SCALAR)
  let depth = 0
  STRUCTURE.lastIndex = start
  for (let found = STRUCTURE.exec(json); found !== null; found = STRUCTURE.exec(json)) {
    if (found[0] === '"') STRUCTURE.lastIndex = endOfString(json, found.index)
    else depth += found[0] === '{' || found[0] === '[' ? 1 : -1
    if (depth === 0) return STRUCTURE.lastIndex
  }
  return json.length
}

/** The position after the string that begins at `start`: its end is the first quote that is not escaped. */
function endOfString(json: string, start: number): number {
  let quote = json.indexOf('"', start + 1)
  while (quote >= 0) {
    let backslashes = 0
    while (json[quote - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return quote + 1
    quote = json.indexOf('"', quote + 1)
  }
  return json.length
}
