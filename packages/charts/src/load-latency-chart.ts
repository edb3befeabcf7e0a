import { drawFigure } from './figure.ts'
import type { Panel, Point, Tone } from './chart-spec.ts'
import { latencyAxis } from './latency-axis.ts'
import { duration, number } from '@slicechat/run/format'
import { linearScale } from './scale.ts'

/** What was measured at one load. */
export interface LoadStep {
  /** Users, or conversations a second. */
  readonly load: number
  /** `null` if nothing was measured. */
  readonly ttftP95Ms: number | null
  /** `null` if nobody counted them; if no step has any, the panel is left out. */
  readonly tokensPerSecond: number | null
  /** Whether it met the SLO. */
  readonly passed: boolean
}

export interface LoadLatencyOptions {
  readonly title: string
  /** What the load counts, such as `users`. */
  readonly unit: string
  readonly sloMs?: number
  /** The largest load that met the SLO. */
  readonly knee?: number
  readonly width: number
}

/** TTFT and throughput against load; the SLO is a line, the knee is marked. */
export function loadLatencyChart(steps: readonly LoadStep[], options: LoadLatencyOptions): string {
  const { title, unit, sloMs, knee, width } = options
  const sorted = steps.toSorted((a, b) => a.load - b.load)
  const ttft = sorted.map(({ load, ttftP95Ms }) => ({ x: load, y: ttftP95Ms }))
  const tokens = sorted.map(({ load, tokensPerSecond }) => ({ x: load, y: tokensPerSecond }))
  const panel = (
    axis: Pick<Panel, 'title' | 'y' | 'tick'>,
    points: readonly Point[],
    tone: Tone,
    text: (value: number) => string,
  ): Panel => {
    const passed = (wanted: boolean) => points.filter((_, at) => sorted[at]?.passed === wanted)
    const missed = passed(false)
    const texts = points.map(({ y }) => (y === null ? '' : text(y)))
    const line = { kind: 'line', points } as const
    return {
      ...axis,
      height: 140,
      series: [
        { label: 'SLO met', tone, marks: [line, { kind: 'dots', points: passed(true) }], texts },
        ...(missed.length > 0
          ? [{ label: 'SLO missed', tone: 'bad', marks: [{ kind: 'dots', points: missed }] } as const]
          : []),
      ],
    }
  }
  const latencies = ttft.flatMap(({ y }) => (y === null ? [] : [y]))
  const first = panel(
    latencyAxis('Time to first token, p95', sloMs === undefined ? latencies : [...latencies, sloMs]),
    ttft,
    0,
    duration,
  )
  const rates = { title: 'Tokens per second', y: yOf(tokens), tick: number }
  return drawFigure({
    title,
    description: described(sorted, options),
    width,
    x: {
      label: unit,
      scale: (range) =>
        linearScale(
          sorted.map(({ load }) => load),
          range,
          Math.floor(width / 90),
        ),
      tick: number,
      stops: sorted.map(({ load }) => ({ x: load, text: `${number(load)} ${unit}` })),
      lines: knee === undefined ? [] : [{ x: knee, label: `knee: ${number(knee)} ${unit}` }],
    },
    panels: [
      { ...first, limits: sloMs === undefined ? [] : [{ value: sloMs, label: `SLO ${duration(sloMs)}` }] },
      ...(tokens.some(({ y }) => y !== null)
        ? [panel(rates, tokens, 5, (value) => `${number(value)} tokens/s`)]
        : []),
    ],
  })
}

function yOf(points: readonly Point[]): Panel['y'] {
  return (range) =>
    linearScale(
      points.flatMap(({ y }) => (y === null ? [] : [y])),
      range,
      4,
    )
}

function described(steps: readonly LoadStep[], { unit, knee }: LoadLatencyOptions): string {
  const parts = steps.map(
    ({ load, ttftP95Ms, tokensPerSecond }) =>
      `${number(load)} ${unit}: TTFT p95 ${ttftP95Ms === null ? 'not measured' : duration(ttftP95Ms)}${tokensPerSecond === null ? '' : `, ${number(tokensPerSecond)} tokens per second`}`,
  )
  return `${parts.join('; ')}.${knee === undefined ? '' : ` The largest load within the SLO is ${number(knee)} ${unit}.`}`
}
