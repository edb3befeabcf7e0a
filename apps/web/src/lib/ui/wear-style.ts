/**
 * Applies styles to the document. They are a style sheet made by script, which the page's Content-Security-Policy allows
 * while it refuses a `style` element.
 * @returns the function that removes the styles
 */
export function wearStyle(css: string): () => void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(css)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet)
  }
}
