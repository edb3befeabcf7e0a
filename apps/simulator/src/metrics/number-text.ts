/** A number as Python's Prometheus client prints it: always as a float, with an exponent from seven digits on. */
export function numberText(value: number): string {
  if (value === Infinity) return '+Inf'
  if (value === -Infinity) return '-Inf'
  if (Number.isNaN(value)) return 'NaN'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [mantissa = '', exponent = ''] = value.toExponential().split('e')
    return `${mantissa}e${exponent.replace(/^([+-])(\d)$/, '$10$2')}`
  }
  const text = Number.isInteger(value) ? `${value}.0` : String(value)
  const dot = text.indexOf('.')
  if (value <= 0 || dot <= 6) return text
  const mantissa = `${text[0] ?? ''}.${text.slice(1, dot)}${text.slice(dot + 1)}`.replace(/[0.]+$/, '')
  return `${mantissa}e+${String(dot - 1).padStart(2, '0')}`
}
