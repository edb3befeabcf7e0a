import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Where a command writes: results on stdout, everything that is said on the way on stderr. */
export interface Console {
  /** A line, or several, of the result. */
  result(text: string): void
  /** A line for whoever watches. */
  say(text: string): void
  /** Bytes for a terminal, as they are. */
  draw(text: string): void
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
    styleText(style, text, { stream })
  return {
    result: (text) => void stdout.write(`${text}\n`),
    say: (text) => void stderr.write(`${text}\n`),
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
