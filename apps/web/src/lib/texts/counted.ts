import { locale } from './shared.ts'

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })

/** A count with its noun: `1 token`, `12,400 tokens`. */
export const counted = (count: number, noun: string): string =>
  `${whole.format(count)} ${noun}${count === 1 ? '' : 's'}`
