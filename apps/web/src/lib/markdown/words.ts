import { type Block, isContainer } from './syntax/blocks.ts'

function ownLines(block: Block): readonly string[] {
  switch (block.type) {
    case 'table':
      return [block.head.join(' | ')]
    case 'row':
      return [block.cells.join(' | ')]
    case 'paragraph':
    case 'formula':
      return block.lines
    case 'heading':
    case 'code':
      return [block.text]
    default:
      return []
  }
}

/** The text of a block, line by line, for a block that cannot be drawn. */
export function wordsOf(block: Block): string {
  const lines: string[] = []
  const rest: Block[] = [block]
  for (let at = rest.pop(); at; at = rest.pop()) {
    for (const line of ownLines(at)) lines.push(line)
    if (isContainer(at)) for (const child of at.children.toReversed()) rest.push(child)
  }
  return lines.join('\n')
}
