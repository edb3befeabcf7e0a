/** Fixed timing of tokens, in milliseconds. */
export interface Pace {
  /** Time from the start of a sequence to its first token. */
  firstToken(promptTokens: number, running: number): number
  /** Time from one token of a sequence to the next. */
  nextToken(running: number): number
}

/** A pace whose first token comes after `ttftMs` and each next one after `itlMs`, whatever the load. */
export function fixedPace(ttftMs: number, itlMs: number): Pace {
  return { firstToken: () => ttftMs, nextToken: () => itlMs }
}
