/**
 * A script for a page: its browser refuses to draw HTML with the word "undrawable", as it would for endless nesting. No
 * input is known on which the page's own renderers fail.
 */
export const UNDRAWABLE = {
  content: `
    const refuse = (html) => {
      if (String(html).includes('undrawable')) throw new RangeError('Maximum call stack size exceeded')
    }
    const insert = Element.prototype.insertAdjacentHTML
    Element.prototype.insertAdjacentHTML = function (where, html) {
      refuse(html)
      insert.call(this, where, html)
    }
    const inner = Object.getOwnPropertyDescriptor(Element.prototype, 'innerHTML')
    Object.defineProperty(Element.prototype, 'innerHTML', {
      ...inner,
      set(html) {
        refuse(html)
        inner.set.call(this, html)
      },
    })
  `,
}
