const TAG = /<(\/?)([A-Za-z][\w-]*)((?:\s+[A-Za-z][\w:-]*="[^"<]*")*)\s*(\/?)>/y
const TEXT = /(?:[^<&>]|&(?:amp|lt|gt|quot|#39);)+/y

/**
 * Checks that a fragment is well-formed XML: one element, tags in pairs, attributes quoted and once each,
 * nothing unescaped.
 * @returns the names of its elements in order
 * @throws {Error} with the place where it is not
 */
export function elementsOf(xml: string): string[] {
  const open: string[] = []
  const seen: string[] = []
  let at = 0
  while (at < xml.length) {
    TAG.lastIndex = TEXT.lastIndex = at
    const text = TEXT.exec(xml)
    const tag = text ? null : TAG.exec(xml)
    if (!text && !tag) throw new Error(`not well-formed at ${at}: ${xml.slice(at, at + 60)}`)
    if (tag) {
      const [, closing, name = '', attributes = '', empty] = tag
      const names = Array.from(attributes.matchAll(/\s([\w:-]+)="/g), ([, attribute]) => attribute)
      if (new Set(names).size < names.length) throw new Error(`an attribute twice: ${tag[0]}`)
      if (closing && open.pop() !== name) throw new Error(`</${name}> closes nothing`)
      if (!closing) {
        if (open.length === 0 && seen.length > 0) throw new Error('more than one root')
        seen.push(name)
        if (!empty) open.push(name)
      }
    } else if (open.length === 0) throw new Error('text outside the root')
    at = (text ? TEXT : TAG).lastIndex
  }
  if (open.length > 0) throw new Error(`never closed: ${open.join(' ')}`)
  return seen
}

/** All numbers that shapes are drawn with. */
export function coordinatesOf(svg: string): number[] {
  const attributes = svg.matchAll(
    /\s(?:x|y|x1|x2|y1|y2|cx|cy|width|height|d|viewBox|transform|data-stops)="([^"]*)"/g,
  )
  return Array.from(attributes).flatMap(([, value = '']) =>
    value
      .replaceAll('translate', '')
      .split(/[\s,()MLHVhzZ]+/)
      .filter((part) => part !== '')
      .map(Number),
  )
}
