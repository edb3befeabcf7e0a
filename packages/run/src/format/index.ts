export { bytes, clock, count, counted, duration, number, percent, signed, withUnit } from './quantity.ts'
export { visible, visibleLine } from './visible.ts'
