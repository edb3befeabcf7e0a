import { CHART_STYLE } from '@slicechat/charts/style'
import { PAGE_STYLE } from '@slicechat/report/page-style'

/**
 * Applies the styles of reports to everything inside `.report`. They are a style sheet made by script, which the page's
 * Content-Security-Policy allows while it refuses a `style` element. The report's own `color-scheme` is left out, so
 * that colours follow the page's theme.
 * @returns the function that removes the styles
 */
export function wearReportStyle(): () => void {
  const sheet = new CSSStyleSheet()
  const inside = PAGE_STYLE.replaceAll(/(?<![\w-])(?::root|body)(?![\w-])/g, '&').replaceAll(
    'color-scheme: light dark;',
    '',
  )
  sheet.replaceSync(`${CHART_STYLE}\n.report { ${inside} }`)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet)
  }
}
