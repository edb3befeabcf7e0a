import type { Html } from './syntax/pieces.ts'

/** Stands for `dir="auto"` until all content of the element is there. */
const LATER = 'data-dir'

/**
 * Appends HTML whose elements have no direction yet. Inside `dir="auto"` a browser works out the direction again for
 * each added element, which takes many seconds for a table of 10,000 rows; `direct` lets it do so once.
 */
export function appendUndirected(host: Element, html: Html): void {
  host.insertAdjacentHTML('beforeend', html.replaceAll(' dir="auto"', ` ${LATER}="auto"`))
}

/** Gives all elements that were appended after `before` their direction; inner ones first, for the same reason. */
export function direct(host: Element, before: Element | null): void {
  let added = before === null ? host.firstElementChild : before.nextElementSibling
  const waiting: Element[] = []
  for (; added; added = added.nextElementSibling) {
    if (added.hasAttribute(LATER)) waiting.push(added)
    for (const inner of added.querySelectorAll(`[${LATER}]`)) waiting.push(inner)
  }
  for (const element of waiting.reverse()) {
    element.removeAttribute(LATER)
    element.setAttribute('dir', 'auto')
  }
}
