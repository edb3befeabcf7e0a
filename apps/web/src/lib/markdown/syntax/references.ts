import type { Missing } from './link-parts.ts'
import { afterBlanks, isMissing, normalLabel, scanDestination, scanLabel, scanTitle } from './link-parts.ts'

/** Link definitions by label. Those of a `base` are found, too, and never changed. */
export class References {
  readonly #links = new Map<string, string>()
  readonly #base: References | undefined

  constructor(base?: References) {
    this.#base = base
  }

  /** Number of definitions; it grows with each new one. */
  get size(): number {
    return this.#links.size + (this.#base?.size ?? 0)
  }

  find(label: string): string | undefined {
    return this.#base?.find(label) ?? this.#links.get(label)
  }

  /** The first definition of a label counts. */
  define(label: string, href: string): void {
    if (this.find(label) === undefined) this.#links.set(label, href)
  }
}

/**
 * Reads a definition (`[label]: address "title"`) at the start of a paragraph.
 * @returns where it ended, or whether more text could still complete it
 */
function scanDefinition(text: string, start: number, references: References): number | Missing {
  const label = text[start] === '[' ? scanLabel(text, start) : 'no'
  if (isMissing(label)) return label
  if (label.end >= text.length) return 'unfinished'
  if (text[label.end] !== ':' || normalLabel(label.value) === '') return 'no'
  const destinationStart = afterBlanks(text, label.end + 1)
  if (destinationStart >= text.length) return 'unfinished'
  const destination = scanDestination(text, destinationStart)
  if (isMissing(destination)) return destination
  if (destination.end === destinationStart) return 'no'
  const end = definitionEnd(text, destination.end)
  if (end === undefined) return 'no'
  references.define(normalLabel(label.value), destination.value)
  return end
}

/** Where a definition ends, with its title if it has one. An incomplete title does not count. */
function definitionEnd(text: string, destinationEnd: number): number | undefined {
  const lineEnd = afterBlanks(text, destinationEnd, 0)
  const titleStart = afterBlanks(text, destinationEnd)
  if (titleStart > destinationEnd) {
    const title = scanTitle(text, titleStart)
    if (!isMissing(title)) {
      const end = afterBlanks(text, title.end, 0)
      if (end >= text.length || text[end] === '\n') return end + 1
    }
  }
  return lineEnd >= text.length || text[lineEnd] === '\n' ? lineEnd + 1 : undefined
}

/** The text of a paragraph after the definitions that it begins with. */
export function withoutDefinitions(text: string, references: References): string {
  let start = 0
  while (text[start] === '[') {
    const end = scanDefinition(text, start, references)
    if (typeof end === 'string') break
    start = end
    while (text[start] === ' ' || text[start] === '\t') start++
  }
  return text.slice(start)
}
