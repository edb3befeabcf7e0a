export { csvCell } from './csv-cell.ts'
export { visible, visibleLine } from './visible.ts'
