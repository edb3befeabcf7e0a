/** What a test can ask for inside the user's message; see docs/simulator.md. */
export interface Directives {
  /** The answer has exactly this many tokens, the end of sequence included. */
  readonly tokens: number | undefined
  /** The answer repeats the message, directives left out. */
  readonly echo: string | undefined
  /** The answer thinks first. */
  readonly reasoning: boolean
}

const DIRECTIVE = /\[\[(tokens=\d{1,7}|echo|reasoning)\]\]/g

/** Finds the directives in the last message of the user. */
export function readDirectives(message: string): Directives {
  const found = [...message.matchAll(DIRECTIVE)].map((match) => match[1] ?? '')
  const tokens = found.find((word) => word.startsWith('tokens='))?.slice('tokens='.length)
  return {
    tokens: tokens === undefined ? undefined : Math.max(1, Number(tokens)),
    echo: found.includes('echo') ? message.replace(DIRECTIVE, '').trim() : undefined,
    reasoning: found.includes('reasoning'),
  }
}
