/** Keeps a number and its unit on one line. */
const SPACE = '\u00a0'
const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })

/** Three significant digits, thousands grouped: `0.042`, `1.25`, `48.3`, `12,400`. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : value > 0 ? '∞' : '−∞'
  const size = Math.abs(value)
  const sign = value < 0 ? '−' : ''
  if (size >= 1e15) return `${sign}${size.toExponential(1)}`
  if (size >= 99.95) return `${sign}${grouped.format(size)}`
  if (size === 0) return '0'
  if (size < 0.001) return `${sign}${size.toExponential(1)}`
  const decimals = size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3
  return `${sign}${trimZeros(size.toFixed(decimals))}`
}

/** A whole number with its thousands grouped. */
export function count(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15
    ? grouped.format(value).replace('-', '−')
    : number(value)
}

/** A count and what it counts: `1 request`, `12,400 requests`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`
}

/** A whole number with `+` or `−` before it. */
export function signed(value: number): string {
  return value > 0 ? `+${count(value)}` : count(value)
}

/** A time in the unit that suits its size: `0.42 ms`, `480 ms`, `1.24 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  const size = Math.abs(ms)
  if (!Number.isFinite(ms)) return number(ms)
  if (size < 999.5) return `${number(ms)}${SPACE}ms`
  if (size < 119_950) return `${number(ms / 1000)}${SPACE}s`
  const seconds = Math.round(size / 1000)
  const minutes = Math.round(seconds / 60)
  const [large, big, small, little] =
    seconds < 3600
      ? [Math.floor(seconds / 60), 'min', seconds % 60, 's']
      : [Math.floor(minutes / 60), 'h', minutes % 60, 'min']
  const rest = small === 0 ? '' : `${SPACE}${small}${SPACE}${little}`
  return `${ms < 0 ? '−' : ''}${grouped.format(large)}${SPACE}${big}${rest}`
}

/** A point on a run's time axis: `0:05`, `12:30`, `1:02:30`. */
export function clock(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000)
  const pad = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  const head = hours > 0 ? `${hours}:${pad(minutes)}` : String(minutes)
  return `${ms < 0 ? '−' : ''}${head}:${pad(seconds % 60)}`
}

/** A share from 0 to 1 in percent. A share below 1 never reads as 100%, a share above 0 never as 0%. */
export function percent(share: number): string {
  const value = share * 100
  if (value > 99.95 && value < 100) return '>99.9%'
  if (value > 0 && value < 0.05) return '<0.1%'
  return `${trimZeros(value.toFixed(1))}%`
}

/** A number and its unit. */
export function withUnit(value: number, unit: string): string {
  return `${number(value)}${SPACE}${unit}`
}

/** A number of bytes in a binary unit: `1.5 GiB`. */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10))
  return withUnit(value / 1024 ** power, units[power] ?? 'B')
}

function trimZeros(digits: string): string {
  return digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits
}
