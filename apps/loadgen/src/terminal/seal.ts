import { randomBytes } from 'node:crypto'
import { styleText } from 'node:util'

export type Style = Parameters<typeof styleText>[0]

/** Nobody outside this process can guess it, so that no server can pass off its own escapes as ours. */
const SEAL = randomBytes(8).toString('hex')
const SEALED = new RegExp(`\\x1b${SEAL}(\\[[\\d;]*m)`)

/** Text with a style for a stream; its escapes are sealed until `unsealed` lets them through. */
export function painted(style: Style, text: string, stream: NodeJS.WriteStream): string {
  const [open = '', close = ''] = styleText(style, '\0', { stream }).split('\0')
  const sealed = (escapes: string): string => escapes.replaceAll('\x1b[', `\x1b${SEAL}[`)
  return sealed(open) + text + sealed(close)
}

/** Text for a terminal: what `painted` sealed becomes escapes, everything else is `escape`d. */
export const unsealed = (text: string, escape: (part: string) => string): string =>
  text
    .split(SEALED)
    .map((part, index) => (index % 2 === 1 ? `\x1b${part}` : escape(part)))
    .join('')
