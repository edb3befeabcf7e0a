import { wearStyle } from '#lib/ui/wear-style.ts'
import { CHART_STYLE } from '@slicechat/charts/style'
import { PAGE_STYLE } from '@slicechat/report/page-style'

/**
 * Applies the styles of reports to everything inside `.report`. The report's own `color-scheme` is left out, so that colours
 * follow the page's theme.
 * @returns the function that removes the styles
 */
export function wearReportStyle(): () => void {
  const inside = PAGE_STYLE.replaceAll(/(?<![\w-])(?::root|body)(?![\w-])/g, '&').replaceAll(
    'color-scheme: light dark;',
    '',
  )
  return wearStyle(`${CHART_STYLE}\n.report { ${inside} }`)
}
