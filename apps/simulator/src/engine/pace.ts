/** How fast tokens come, in milliseconds. */
export interface Pace {
  /** From the start of a sequence to its first token. */
  firstToken(promptTokens: number, running: number): number
  /** From one token of a sequence to its next. */
  nextToken(running: number): number
}

/** Every first token after `ttftMs`, every next one after `itlMs`, whatever the load. */
export function fixedPace(ttftMs: number, itlMs: number): Pace {
  return { firstToken: () => ttftMs, nextToken: () => itlMs }
}
