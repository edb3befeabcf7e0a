import { randomBytes } from 'node:crypto'
import { styleText } from 'node:util'

export type Style = Parameters<typeof styleText>[0]

/** Random for each process, so that no server can pass off its own escape sequences as ours. */
const SEAL = randomBytes(8).toString('hex')
const SEALED = new RegExp(`\\x1b${SEAL}(\\[[\\d;]*m)`)

/** Styled text for a stream; its escape sequences are sealed until `unsealed` lets them through. */
export function painted(style: Style, text: string, stream: NodeJS.WriteStream): string {
  const [open = '', close = ''] = styleText(style, '\0', { stream }).split('\0')
  const sealed = (escapes: string): string => escapes.replaceAll('\x1b[', `\x1b${SEAL}[`)
  return sealed(open) + text + sealed(close)
}

/** Text for a terminal: sealed sequences become escapes, all other text goes through `escape`. */
export const unsealed = (text: string, escape: (part: string) => string): string =>
  text
    .split(SEALED)
    .map((part, index) => (index % 2 === 1 ? `\x1b${part}` : escape(part)))
    .join('')
