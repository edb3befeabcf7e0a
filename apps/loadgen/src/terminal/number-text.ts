/** Milliseconds as people read them: `0.82 ms`, `45 ms`, `1.24 s`; a dash where there is none. */
export function msText(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–'
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`
  return `${ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2)} ms`
}

/** `1:05` for longer times, `42 s` for short ones. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const two = (value: number): string => String(value).padStart(2, '0')
  return h > 0 ? `${h}:${two(m)}:${two(s)} h` : `${m}:${two(s)} min`
}

/** Three significant digits, thousands grouped. */
export function amountText(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  if (Number.isInteger(value) || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}

/** A share in percent with one decimal, never rounded up to 100%. */
export function shareText(share: number): string {
  const percent = share < 1 ? Math.min(99.9, share * 100) : 100
  return `${percent.toFixed(1).replace(/\.0$/, '')}%`
}

/** `1 request`, `2 requests`. */
export const countText = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`

/** A mean count with one decimal: `3.4 requests`; `4 requests` if it rounds to a whole number. */
export const meanText = (mean: number, noun: string): string => countText(Math.round(mean * 10) / 10, noun)
