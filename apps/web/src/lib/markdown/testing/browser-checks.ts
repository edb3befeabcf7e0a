import { ChildrenView } from '../block-view.ts'
import { MarkdownDocument } from '../document.ts'
import { renderMath } from '../math.ts'
import { ALLOWED_ATTRIBUTES, ALLOWED_TAGS, ATTACKS } from './attacks.ts'
import { HOSTILE } from './hostile.ts'
import type { Ending } from '../syntax/inline-settings.ts'

// Runs in a browser, where test/markdown.test.ts and `npm run bench -- web` call it.

/** Shows Markdown in an element, as the page shows a message. */
export class Shown {
  readonly element: HTMLElement
  readonly #markdown = new MarkdownDocument()
  readonly #missing = new Set<string>()
  #view: ChildrenView

  constructor(element: HTMLElement = document.createElement('div')) {
    this.element = element
    this.#view = new ChildrenView(element)
  }

  html(text: string, ending: Ending): string {
    this.show(text, ending)
    return this.element.innerHTML
  }

  show(text: string, ending: Ending): void {
    const blocks = this.#markdown.update(text, ending)
    const { references } = this.#markdown
    if (this.#missing.values().some((label) => references.find(label) !== undefined)) {
      this.element.replaceChildren()
      this.#view = new ChildrenView(this.element)
      this.#missing.clear()
    }
    this.#view.show(blocks, {
      references,
      ending,
      math: renderMath,
      missing: this.#missing,
      wants: new Set(),
    })
  }
}

/**
 * Shows all prefixes of a text one after the other. Returns the first that looks unlike the same text shown at once.
 */
export function firstDifference(text: string, step: number): object | undefined {
  const growing = new Shown()
  for (let end = step; end < text.length + step; end += step) {
    const prefix = text.slice(0, end)
    const [shown, whole] = [growing.html(prefix, 'growing'), new Shown().html(prefix, 'growing')]
    if (shown !== whole) return { prefix, shown, whole }
  }
  const [shown, whole] = [growing.html(text, 'whole'), new Shown().html(text, 'whole')]
  return shown === whole ? undefined : { shown, whole }
}

/**
 * Shows a text in steps of `step` characters. Returns the number of elements made per element that is there in the end.
 */
export function elementsMade(text: string, step: number): number {
  const shown = new Shown(document.body.appendChild(document.createElement('div')))
  let made = 0
  const observer = new MutationObserver(() => undefined)
  observer.observe(shown.element, { childList: true, subtree: true })
  for (let end = step; end < text.length; end += step) {
    shown.show(text.slice(0, end), 'growing')
    for (const { addedNodes } of observer.takeRecords())
      for (const node of addedNodes)
        if (node instanceof Element) made += 1 + node.querySelectorAll('*').length
  }
  const there = shown.element.querySelectorAll('*').length
  shown.element.remove()
  observer.disconnect()
  return made / there
}

/** Milliseconds to show and lay out a hostile text that came at once: the best of three. */
export function showTime(name: string, chars: number): number {
  const text = HOSTILE[name]?.(chars) ?? ''
  const times = [1, 2, 3].map(() => {
    const element = document.body.appendChild(document.createElement('div'))
    element.className = 'markdown'
    const start = performance.now()
    new Shown(element).show(text, 'whole')
    element.getBoundingClientRect()
    const end = performance.now()
    element.remove()
    return end - start
  })
  return Number(Math.min(...times).toFixed(1))
}

/** From which side the browser lays out the parts of a text. */
export function layoutOf(text: string): Record<string, string> {
  const element = document.body.appendChild(document.createElement('div'))
  element.className = 'markdown'
  new Shown(element).show(text, 'whole')
  const all = (selector: string) => [...element.querySelectorAll(selector)]
  const directionOf = (part: Element) => getComputedStyle(part).direction
  /** The side of its box to which the text of a paragraph is closer. */
  const sideOf = (part: Element) => {
    const range = document.createRange()
    range.selectNodeContents(part)
    const [inner, outer] = [range.getBoundingClientRect(), part.getBoundingClientRect()]
    return outer.right - inner.right < inner.left - outer.left ? 'right' : 'left'
  }
  const [first, second] = all('th').map((cell) => cell.getBoundingClientRect().left)
  const layout = {
    items: all('li').map(directionOf).join(' '),
    paragraphs: all('li > p').map(sideOf).join(' '),
    quote: all('blockquote').map(directionOf).join(' '),
    columns: (first ?? 0) > (second ?? 0) ? 'right to left' : 'left to right',
    code: all('pre').map(directionOf).join(' '),
  }
  element.remove()
  return layout
}

/** Shows all attacks: alone, in pairs and while they come in. Returns the elements that should not be on the page. */
export function strangersAfterAttacks(): string[] {
  const strangers = new Set<string>()
  const look = (element: Element) => {
    for (const part of element.querySelectorAll('*')) {
      if (!ALLOWED_TAGS.has(part.localName)) strangers.add(part.outerHTML)
      for (const { name, value } of part.attributes)
        if (!ALLOWED_ATTRIBUTES.has(name) || (name === 'href' && !/^(?:https?:|mailto:)/i.test(value)))
          strangers.add(part.outerHTML)
    }
  }
  const show = (text: string) => {
    const shown = new Shown(document.body.appendChild(document.createElement('div')))
    for (let end = 1; end < text.length; end += 5) {
      shown.show(text.slice(0, end), 'growing')
      look(shown.element)
    }
    shown.show(text, 'whole')
    look(shown.element)
    shown.element.remove()
  }
  for (const attack of ATTACKS) {
    for (const frame of ['', '- ', '> ', '| a |\n|---|\n| ', '[', '**', '`', '```\n', '$'])
      show(frame + attack)
    show(`${attack}${ATTACKS[attack.length % ATTACKS.length] ?? ''}`)
  }
  return [...strangers]
}
