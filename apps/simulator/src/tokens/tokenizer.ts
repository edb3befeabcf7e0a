/**
 * A token of a deterministic substitute for a byte-level BPE tokenizer. A short word is one token with its leading
 * space, a long word several, a Chinese character one or two, most emojis two or three. The tokenizer guarantees that
 * sizes are plausible, that they are the same everywhere, and that the tokens join to exactly the text.
 */
export interface Token {
  readonly id: number
  /** The text that the token adds; empty while a character is incomplete. */
  readonly text: string
  /** The token in the byte alphabet of GPT-2, as `/tokenize` shows it. */
  readonly shown: string
}

const VOCABULARY = 151_643
const FIRST_PLAIN_ID = 256
const SPECIAL = new Map([
  ['<|im_start|>', 151_644],
  ['<|im_end|>', 151_645],
])

/** The token that ends an answer. It is counted as generated and adds no text. */
export const END_OF_SEQUENCE: Token = { id: 151_645, text: '', shown: '<|im_end|>' }

const WORDS =
  /<\|im_(?:start|end)\|>|'(?:s|t|re|ve|m|ll|d)\b| ?(?:(?!\p{Script=Han})\p{L}\p{M}*)+|\p{Script=Han}| ?\p{N}| ?[\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]{1,4}|\r?\n+| +(?= )| ?[^\s\p{L}\p{N}]|[^]/gu

const MAX_WHOLE_WORD = 8
const encoder = new TextEncoder()

/** GPT-2's printable alphabet for bytes, in which the space is Ġ and the newline Ċ. */
const byteAlphabet = Array.from({ length: 256 }, (_, byte) => {
  const printable =
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)
  if (printable) return String.fromCharCode(byte)
  const hidden = byte <= 0x20 ? byte : byte >= 0x7f && byte <= 0xa0 ? byte - 0x7f + 0x21 : 0x43
  return String.fromCharCode(0x100 + hidden)
})

function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}

function showBytes(bytes: Uint8Array): string {
  let shown = ''
  for (const byte of bytes) shown += byteAlphabet[byte] ?? ''
  return shown
}

const tokenCache = new Map<string, readonly Token[]>()

function tokenOf(text: string): Token {
  return {
    id: FIRST_PLAIN_ID + (hash(text) % (VOCABULARY - FIRST_PLAIN_ID)),
    text,
    shown: showBytes(encoder.encode(text)),
  }
}

/** Splits a character that the vocabulary lacks into tokens of its bytes; only the last token has the text. */
function byteTokens(text: string, parts: number): Token[] {
  const bytes = encoder.encode(text)
  const size = Math.ceil(bytes.length / parts)
  const tokens: Token[] = []
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size)
    const last = at + size >= bytes.length
    const id = piece.length === 1 ? (piece[0] ?? 0) : FIRST_PLAIN_ID + (hash(showBytes(piece)) % 100_000)
    tokens.push({ id, text: last ? text : '', shown: showBytes(piece) })
  }
  return tokens
}

function pieceTokens(word: string): Token[] {
  // A piece has three to six letters, depending on the word, so that the same word is always cut alike.
  const tokens: Token[] = []
  const letters = Array.from(word)
  const size = 3 + (hash(word) % 4)
  for (let at = 0; at < letters.length; at += size)
    tokens.push(tokenOf(letters.slice(at, at + size).join('')))
  return tokens
}

function tokensOfWord(word: string): readonly Token[] {
  const special = SPECIAL.get(word)
  if (special !== undefined) return [{ id: special, text: word, shown: word }]
  const code = word.codePointAt(word.startsWith(' ') ? 1 : 0) ?? 0
  if (code > 0xffff) return byteTokens(word, 3)
  if (/^\p{Script=Han}$/u.test(word)) return hash(word) % 7 === 0 ? byteTokens(word, 2) : [tokenOf(word)]
  if (word.length > MAX_WHOLE_WORD) return pieceTokens(word)
  return [tokenOf(word)]
}

const MAX_CACHED_WORDS = 50_000

/** Cuts a text into tokens; `tokenize(a).map(t => t.text).join('') === a` for every text. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  for (const [word] of text.matchAll(WORDS)) {
    let found = tokenCache.get(word)
    if (found === undefined) {
      found = tokensOfWord(word)
      if (tokenCache.size < MAX_CACHED_WORDS) tokenCache.set(word, found)
    }
    for (const token of found) tokens.push(token)
  }
  return tokens
}
