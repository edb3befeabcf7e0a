// The data that a chart is drawn from.
import type { Scale } from './scale.ts'

/** A colour of the palette: `0` to `7`, or one with a meaning. */
export type Tone = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 'bad' | 'soft'

/** A shape. A `null` is a gap and stays one. In steps, a value holds until the next. */
export type Mark =
  | { kind: 'line'; points: readonly Point[]; dashed?: boolean; steps?: boolean }
  | { kind: 'dots'; points: readonly Point[] }
  | { kind: 'band'; points: readonly Span[]; faint?: boolean; steps?: boolean }
  | { kind: 'bars'; points: readonly Point[]; width: number }

export interface Point {
  readonly x: number
  readonly y: number | null
}
export interface Span {
  readonly x: number
  readonly low: number | null
  readonly high: number | null
}

export interface Series {
  readonly label: string
  readonly tone: Tone
  readonly marks: readonly Mark[]
  /** Text for the pointer at each of the axis's stops; `''` if there is nothing. */
  readonly texts?: readonly string[]
}

export interface Panel {
  /** What the vertical axis shows, with its unit. */
  readonly title: string
  readonly height: number
  readonly y: (range: readonly [number, number]) => Scale
  readonly tick: (value: number) => string
  readonly series: readonly Series[]
  /** Horizontal lines, such as an SLO. The legend names them, since a label there hides no point. */
  readonly limits?: readonly { readonly value: number; readonly label: string }[]
}

export interface Axis {
  readonly label: string
  readonly scale: (range: readonly [number, number]) => Scale
  readonly tick: (value: number) => string
  /** Where the pointer can stop, ascending, each with its name. */
  readonly stops: readonly { readonly x: number; readonly text: string }[]
  readonly shades?: readonly { readonly from: number; readonly until: number; readonly label: string }[]
  /** Vertical lines through all panels. */
  readonly lines?: readonly { readonly x: number; readonly label: string }[]
}

export interface Figure {
  readonly title: string
  /** A description of the picture for those who cannot see it. */
  readonly description: string
  /** In pixels of the drawing; it scales with its container. */
  readonly width: number
  readonly x: Axis
  readonly panels: readonly Panel[]
}
