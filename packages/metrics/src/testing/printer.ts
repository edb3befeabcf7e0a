import type { Exposition, Family, Labels, Sample } from '../exposition.ts'

/**
 * Prints a page so that parsing it again gives the same families. The spelling is canonical: `HELP`, `TYPE` and `UNIT`
 * where known, then the samples; single spaces, no blank lines, shortest numbers, `+Inf`, `-Inf`, `NaN`.
 */
export function printExposition({ families, format }: Exposition): string {
  const open = format === 'openmetrics'
  return families.map((family) => familyText(family, open)).join('') + (open ? '# EOF\n' : '')
}

function familyText({ name, type, help, unit, samples }: Family, open: boolean): string {
  let text = ''
  if (help !== null) text += `# HELP ${name}${help === '' ? '' : ` ${escaped(help, open)}`}\n`
  if (type !== null) text += `# TYPE ${name} ${type}\n`
  if (unit !== null && open) text += `# UNIT ${name}${unit === '' ? '' : ` ${unit}`}\n`
  for (const sample of samples) text += `${sampleText(sample)}\n`
  return text
}

function sampleText({ name, labels, value, timestamp, exemplar }: Sample): string {
  let text = `${name}${labelText(labels)} ${numberText(value)}`
  if (timestamp !== undefined) text += ` ${numberText(timestamp)}`
  if (exemplar) {
    text += ` # ${labelText(exemplar.labels) || '{}'} ${numberText(exemplar.value)}`
    if (exemplar.timestamp !== undefined) text += ` ${numberText(exemplar.timestamp)}`
  }
  return text
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value, true)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(text: string, quotes: boolean): string {
  const plain = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
  return quotes ? plain.replaceAll('"', '\\"') : plain
}

/** A number as Prometheus spells it; `-0` keeps its sign. */
function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return Object.is(value, -0) ? '-0' : String(value)
}
