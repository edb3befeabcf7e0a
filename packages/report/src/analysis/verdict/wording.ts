/** `850 µs`, `42 ms`, `1.25 s`, `12 min`: a time with three digits at most. */
export function timeText(ms: number): string {
  const size = Math.abs(ms)
  if (size < 1 && size > 0) return `${digits(ms * 1000)} µs`
  if (size < 1000) return `${digits(ms)} ms`
  return size < 600_000 ? `${digits(ms / 1000)} s` : `${digits(ms / 60_000)} min`
}

/** `12%`, `99.5%`: a share from 0 to 1. */
export const shareText = (share: number): string => `${digits(share * 100)}%`

/** `12,345` or `1.25`: a whole number in groups, or one of three digits. */
export const numberText = (value: number): string =>
  Number.isInteger(value) || Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : digits(value)

function digits(value: number): string {
  const size = Math.abs(value)
  return String(Number(value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)))
}
