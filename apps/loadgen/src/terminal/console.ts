import { visible, visibleLine } from '@slicechat/report/text'
import { painted, type Style, unsealed } from './seal.ts'

/**
 * Where a command writes: results on stdout, everything that is said on the way on stderr. Servers write some of what
 * passes here, so that control characters are shown and not obeyed; colours come from `paint` alone.
 */
export interface Console {
  /** A line, or several, of the result. */
  result(text: string): void
  /** A file's text: to a terminal as any result, elsewhere as it is. */
  file(text: string): void
  /** One line for whoever watches; a line feed in it is shown. */
  say(text: string): void
  /** Bytes for a terminal, as they are; of anything that is not ours, what `shown` made of it. */
  draw(text: string): void
  /** One line as `draw` may be given it. */
  shown(text: string): string
  /** stderr is a terminal that can be redrawn. */
  readonly live: boolean
  /** Width of that terminal in columns. */
  readonly columns: number
  /** Colours text for stderr or for stdout, each only where it is a terminal that wants colours. */
  readonly paint: (style: Style, text: string) => string
  readonly paintResult: (style: Style, text: string) => string
}

const NARROWEST = 20
const USUAL = 80

/**
 * The process's own. Colours are left out with NO_COLOR and forced with FORCE_COLOR, as Node reads them.
 *
 * @param dumb the terminal cannot be redrawn
 */
export function processConsole(
  { stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>,
  dumb = false,
): Console {
  const painting = (stream: NodeJS.WriteStream) => (style: Style, text: string) =>
    painted(style, text, stream)
  const shown = (text: string): string => unsealed(text, visibleLine)
  return {
    result: (text) => void stdout.write(`${unsealed(text, visible)}\n`),
    file: (text) => void stdout.write(stdout.isTTY ? visible(text) : text),
    say: (text) => void stderr.write(`${shown(text)}\n`),
    shown,
    draw: (text) => void stderr.write(text),
    live: stderr.isTTY && !dumb,
    get columns() {
      // A terminal that does not know its width says 0.
      return Math.max(NARROWEST, (stderr.isTTY && stderr.columns) || USUAL)
    },
    paint: painting(stderr),
    paintResult: painting(stdout),
  }
}
