import { randomBytes } from 'node:crypto'
import { styleText } from 'node:util'

export type Style = Parameters<typeof styleText>[0]

/** Random for each process, so that no server can pass off its own escape sequences as ours. */
const MARK = randomBytes(8).toString('hex')
const MARKED = new RegExp(`\\x1b${MARK}(\\[[\\d;]*m)`)

/** Styled text for a stream. Its escape sequences carry a mark, by which `printable` knows them as ours. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream): string {
  const [open = '', close = ''] = styleText(style, '\0', { stream }).split('\0')
  const marked = (escapes: string): string => escapes.replaceAll('\x1b[', `\x1b${MARK}[`)
  return marked(open) + text + marked(close)
}

/** Text for a terminal: marked escape sequences lose their mark, all other text goes through `escape`. */
export const printable = (text: string, escape: (part: string) => string): string =>
  text
    .split(MARKED)
    .map((part, index) => (index % 2 === 1 ? `\x1b${part}` : escape(part)))
    .join('')
