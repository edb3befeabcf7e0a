/** Directives that a test can put into the user's message; see docs/simulator.md. */
export interface Directives {
  /** The exact number of tokens of the answer, including the end of sequence. */
  readonly tokens: number | undefined
  /** The message without directives, which the answer repeats. */
  readonly echo: string | undefined
  /** Whether the answer begins with reasoning. */
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
