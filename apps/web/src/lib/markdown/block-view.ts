import { appendUndirected, direct } from './direction.ts'
import { inlineSettings, inlineSource, leafHtml, tagsOf, toHtml } from './html.ts'
import type { Rendering } from './rendering.ts'
import { codeHtml } from './rich-html.ts'
import type { Block, Code, Container, Leaf, Paragraph } from './syntax/blocks.ts'
import { isContainer } from './syntax/blocks.ts'
import { InlineText } from './syntax/inline-text.ts'

/** Shows a block and updates it while it grows. Settled content keeps its nodes. */
abstract class BlockView {
  readonly element: Element
  readonly #key: string

  constructor(element: Element, block: Block) {
    this.element = element
    this.#key = keyOf(block)
  }

  /** Whether this view can change to show another state of a block. */
  canShow(block: Block): boolean {
    return keyOf(block) === this.#key
  }

  abstract show(block: Block, rendering: Rendering): void
}

/** What must stay the same for a view to be kept. All but key and type changes only while the first lines come in. */
function keyOf(block: Block): string {
  const { key, type } = block
  if (type === 'code') return `${key} ${type} ${block.language}`
  if (type === 'paragraph') return `${key} ${type} ${block.task}`
  return type === 'table' ? `${key} ${type} ${block.aligns.join()}` : `${key} ${type}`
}

function viewOf(host: Element, block: Block, rendering: Rendering): BlockView {
  appendUndirected(host, tagsOf(block, rendering).join(''))
  const view = newView(host.lastElementChild ?? host, block)
  view.show(block, rendering)
  return view
}

function newView(element: Element, block: Block): BlockView {
  if (isContainer(block)) return new ContainerView(element, block)
  if (block.type === 'paragraph') return new ParagraphView(element, block)
  return block.type === 'code' ? new CodeView(element, block) : new LeafView(element, block)
}

/** Shows the children of a block in an element. */
export class ChildrenView {
  readonly #host: Element
  /** Number of final children: they have elements, but no views any more. */
  #done = 0
  #views: BlockView[] = []

  constructor(host: Element) {
    this.#host = host
  }

  show(children: readonly Block[], rendering: Rendering): void {
    const shown = children.slice(this.#done)
    const views = this.#kept(shown)
    shown.forEach((child, i) => views[i]?.show(child, rendering))
    const before = this.#host.lastElementChild
    // Only the last children are not final, so all others can be written at once.
    const added = shown.slice(views.length)
    const html = added.filter(({ final }) => final).map((child) => toHtml(child, rendering))
    if (html.length > 0) appendUndirected(this.#host, html.join(''))
    for (const child of added.slice(html.length)) views.push(viewOf(this.#host, child, rendering))
    direct(this.#host, before)
    const finals = shown.filter(({ final }) => final).length
    this.#done += finals
    this.#views = views.slice(Math.max(0, finals - html.length))
  }

  /** The views that can show the new state of their children; the others are removed. */
  #kept(children: readonly Block[]): BlockView[] {
    const end = this.#views.findIndex((view, i) => !children[i] || !view.canShow(children[i]))
    if (end === -1) return [...this.#views]
    for (const view of this.#views.slice(end)) view.element.remove()
    return this.#views.slice(0, end)
  }
}

class ContainerView extends BlockView {
  readonly #children: ChildrenView

  constructor(element: Element, block: Container) {
    super(element, block)
    this.#children = new ChildrenView(element.querySelector('tbody') ?? element)
  }

  override show(block: Container, rendering: Rendering): void {
    if (block.type === 'list' && block.tight) this.element.className = 'tight'
    else if (block.type === 'list') this.element.removeAttribute('class')
    this.#children.show(block.children, rendering)
  }
}

/** Inline text: its settled beginning stays, and its end is written anew. */
class ParagraphView extends BlockView {
  readonly #text = new InlineText()
  #shownChars = 0
  readonly #ownNodes = this.element.childNodes.length
  #settledNodes = this.#ownNodes
  #resets = 0

  override show(block: Paragraph, rendering: Rendering): void {
    const { element } = this
    this.#text.update(inlineSource(block), inlineSettings(block, rendering), rendering.missing)
    const { settled, tail, resets } = this.#text
    if (resets !== this.#resets) {
      this.#shownChars = 0
      this.#settledNodes = this.#ownNodes
      this.#resets = resets
    }
    while (element.childNodes.length > this.#settledNodes) element.lastChild?.remove()
    if (settled.length > this.#shownChars) {
      element.insertAdjacentHTML('beforeend', settled.slice(this.#shownChars))
      this.#shownChars = settled.length
      this.#settledNodes = element.childNodes.length
    }
    element.insertAdjacentHTML('beforeend', tail)
  }
}

/** Code only grows at its end, and is coloured once it is final. */
class CodeView extends BlockView {
  #shown = ''

  override show(block: Code, rendering: Rendering): void {
    const pre = this.element.querySelector('pre')
    const text = pre?.firstElementChild?.firstChild
    if (!block.final && text instanceof Text && block.text.startsWith(this.#shown))
      text.appendData(block.text.slice(this.#shown.length))
    else if (pre) pre.innerHTML = codeHtml(block, rendering)
    this.#shown = block.text
  }
}

class LeafView extends BlockView {
  override show(block: Leaf, rendering: Rendering): void {
    this.element.innerHTML = leafHtml(block, rendering)
  }
}
