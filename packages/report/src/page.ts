/**
 * What a web page needs to show a report that was drawn elsewhere, such as in a worker; without schema and analysis.
 */
export { hoverCharts } from './charts/hover.ts'
export { count, duration, number, percent } from './quantity/quantity.ts'
export { CHART_STYLE } from './charts/style.ts'
export { PAGE_STYLE } from './html/page-style.ts'
