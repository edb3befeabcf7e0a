import { characterAt, characterBefore, isEastAsianLetter, isEastAsianPunctuation } from './characters.ts'

const MAX_URL_CHARS = 2_000
const MAX_MAILBOX_CHARS = 64
const MAX_DOMAIN_CHARS = 253
const IN_ANGLES =
  /<(?:([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*)|([\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}))>/y

export interface Address {
  href: string
  start: number
  /** Index after its last character in the text. */
  end: number
  shown: string
}

/** Reads `<https://…>` or `<name@host>` at an index. */
export function addressInAngles(text: string, at: number): Address | undefined {
  IN_ANGLES.lastIndex = at
  const match = IN_ANGLES.exec(text)
  if (!match) return undefined
  const shown = match[1] ?? match[2] ?? ''
  return { href: match[1] ?? `mailto:${shown}`, start: at, end: at + match[0].length, shown }
}

const ENDS_URL = /[\s<>`"“”‘’«»]/
/** After these characters an ideograph belongs to the address; after a letter it belongs to the sentence. */
const BEFORE_IDEOGRAPH = /[/=#?&%_-]/

/** Index at which an address in a sentence ends. */
function urlEnd(text: string, start: number): number {
  let brackets = 0
  const limit = Math.min(text.length, start + MAX_URL_CHARS)
  let end = start
  while (end < limit) {
    const character = characterAt(text, end)
    // A bracket that this one closes is not searched for before `start`: that text may be settled already.
    if (ENDS_URL.test(character) || (character === ']' && brackets === 0)) break
    if (character === '[') brackets++
    else if (character === ']') brackets--
    if (character.charCodeAt(0) >= 0x11_00) {
      if (isEastAsianPunctuation(character)) break
      const before = characterBefore(text, end)
      if (isEastAsianLetter(character) && !BEFORE_IDEOGRAPH.test(before) && !isEastAsianLetter(before)) break
    }
    end += character.length
  }
  return withoutTail(text, start, end)
}

/** Punctuation at the end belongs to the sentence, and so does a closing bracket without an opening one. */
function withoutTail(text: string, start: number, urlEnd: number): number {
  let end = urlEnd
  let open = 0
  for (let i = start; i < end; i++) {
    if (text[i] === '(') open++
    else if (text[i] === ')') open--
  }
  for (; end > start; end--) {
    const sign = text[end - 1] ?? ''
    if (sign === ')' && open < 0) open++
    else if (!"?!.,:;*_~'|".includes(sign)) break
  }
  return end
}

/**
 * An address around the `:` of its scheme, or one that begins with `www.`.
 * @param from first index at which it may begin
 */
export function bareUrl(text: string, at: number, from: number): Address | undefined {
  const isUnnamed = text[at] === 'w'
  const scheme = isUnnamed ? 'www.' : /https?$/i.exec(text.slice(Math.max(from, at - 5), at))?.[0]
  const start = isUnnamed ? at : at - (scheme ?? '').length
  const bodyStart = isUnnamed ? at + 4 : at + 3
  if (scheme === undefined || !text.startsWith(isUnnamed ? 'www.' : '://', at)) return undefined
  if (/\w/.test(text[start - 1] ?? '') || !/[\p{L}\p{N}[]/u.test(characterAt(text, bodyStart)))
    return undefined
  const end = urlEnd(text, start)
  const shown = text.slice(start, end)
  if (end <= bodyStart || (isUnnamed && !shown.slice(4).includes('.'))) return undefined
  return { href: isUnnamed ? `http://${shown}` : shown, start, end, shown }
}

/** An e-mail address around an `@`. @param from first index at which it may begin */
export function bareMail(text: string, at: number, from: number): Address | undefined {
  let start = at
  const first = Math.max(from, at - MAX_MAILBOX_CHARS)
  while (start > first && /[A-Za-z0-9.+_-]/.test(text[start - 1] ?? '')) start--
  const domain = /[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+/y
  domain.lastIndex = at + 1
  const host = start === at ? undefined : domain.exec(text)?.[0]
  if (host === undefined || host.length > MAX_DOMAIN_CHARS || /[-_]$/.test(host)) return undefined
  const shown = text.slice(start, at + 1 + host.length)
  return { href: `mailto:${shown}`, start, end: start + shown.length, shown }
}
