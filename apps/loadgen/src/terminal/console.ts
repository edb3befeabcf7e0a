import { visible, visibleLine } from '@slicechat/run/format'
import { styled, type Style, printable } from './styled-text.ts'

/**
 * Where a command writes: results to stdout, everything else to stderr. Some of the text comes from servers,
 * so control characters are shown and not obeyed; colours come from `paint` alone.
 */
export interface Console {
  /** One or more lines of the result. */
  result(text: string): void
  /** The text of a file: escaped like any result on a terminal, unchanged elsewhere. */
  file(text: string): void
  /** One message on stderr; a line feed in it is shown. */
  message(text: string): void
  /** Writes to the terminal unchanged; text from outside this program has to go through `shown` first. */
  draw(text: string): void
  /** One line, made safe for `draw`. */
  shown(text: string): string
  /** stderr is a terminal that can be redrawn. */
  readonly live: boolean
  /** Width of that terminal in columns. */
  readonly columns: number
  /** Colours text for stderr or for stdout, each only where it is a terminal that wants colours. */
  readonly paint: (style: Style, text: string) => string
  readonly paintResult: (style: Style, text: string) => string
}

const MIN_COLUMNS = 20
const DEFAULT_COLUMNS = 80

/**
 * The console of a process. `NO_COLOR` turns colours off and `FORCE_COLOR` turns them on, as in Node.
 * @param dumb the terminal cannot be redrawn
 */
export function processConsole(
  { stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>,
  dumb = false,
): Console {
  const painting = (stream: NodeJS.WriteStream) => (style: Style, text: string) => styled(style, text, stream)
  const shown = (text: string): string => printable(text, visibleLine)
  return {
    result: (text) => void stdout.write(`${printable(text, visible)}\n`),
    file: (text) => void stdout.write(stdout.isTTY ? visible(text) : text),
    message: (text) => void stderr.write(`${shown(text)}\n`),
    shown,
    draw: (text) => void stderr.write(text),
    live: stderr.isTTY && !dumb,
    get columns() {
      // A terminal that does not know its width reports 0.
      return Math.max(MIN_COLUMNS, (stderr.isTTY && stderr.columns) || DEFAULT_COLUMNS)
    },
    paint: painting(stderr),
    paintResult: painting(stdout),
  }
}
