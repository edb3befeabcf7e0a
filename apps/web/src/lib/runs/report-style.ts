import { CHART_STYLE, PAGE_STYLE } from '@slicechat/report/page'

/**
 * Gives the page the look of reports, for what is inside `.report`. As a sheet made by script, which the page's
 * Content-Security-Policy allows where a `style` element is refused. Colours follow the page's theme, which the
 * report's own choice of scheme would override.
 * @returns what takes it away again
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
