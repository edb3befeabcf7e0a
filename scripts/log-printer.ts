import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { styleText } from 'node:util'
import { visible, visibleLine } from '../packages/run/src/format/visible.ts'

type Style = Parameters<typeof styleText>[0]

/** Numbers that pino uses for its levels. */
const levels: Record<number, { name: string; style: Style }> = {
  20: { name: 'debug', style: 'gray' },
  30: { name: 'info', style: 'green' },
  40: { name: 'warn', style: 'yellow' },
  50: { name: 'error', style: 'red' },
  60: { name: 'fatal', style: 'red' },
}

const paint = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout })

function short(value: unknown): string {
  if (typeof value === 'number') return String(Math.round(value * 10) / 10)
  if (typeof value !== 'object' || value === null) return visibleLine(String(value))
  const { stack } = value as { stack?: unknown }
  if (typeof stack === 'string') return `\n${visible(stack)}`
  return Object.entries(value)
    .filter(([, inner]) => inner !== null)
    .map(([key, inner]) => `${visibleLine(key)}:${short(inner)}`)
    .join(' ')
}

/** Formats one line of a part's log for a person: pino's JSON in columns, with control characters made visible. */
export function formatLine(line: string): string {
  if (!line.startsWith('{')) return visibleLine(line)
  let entry: Record<string, unknown>
  try {
    entry = JSON.parse(line) as Record<string, unknown>
  } catch {
    return visibleLine(line)
  }
  const { level, time, msg, ...fields } = entry
  const { name, style } = levels[Number(level)] ?? { name: String(level), style: 'white' as const }
  const clock = (typeof time === 'string' ? new Date(time) : new Date(Number(time)))
    .toTimeString()
    .slice(0, 8)
  const details = Object.entries(fields).map(
    ([key, value]) => `${paint('gray', `${visibleLine(key)}=`)}${short(value)}`,
  )
  return [
    paint('gray', clock),
    paint(style, visibleLine(name).padEnd(5)),
    visibleLine(String(msg)),
    ...details,
  ].join(' ')
}

/** Prints the output of a part of the stack, each line after the part's name. */
export function printLog(name: string, style: Style, streams: readonly (Readable | null)[]): void {
  for (const stream of streams) {
    if (stream === null) continue
    const lines = createInterface({ input: stream })
    lines.on('line', (line) => console.log(`${paint(style, name.padEnd(9))} ${formatLine(line)}`))
  }
}
