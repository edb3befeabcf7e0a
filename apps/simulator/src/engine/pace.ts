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

const FIRST_TOKEN_MS = 25
const PROMPT_TOKEN_MS = 0.07
const TOKEN_MS = 22
const TOKEN_MS_PER_NEIGHBOUR = 0.28

/**
 * A plain model of a small model on a small slice: about 22 ms a token alone and 30 ms among 32, a prompt of 1,000
 * tokens read in 70 ms. No batching effects beyond that.
 */
export const perTokenPace: Pace = {
  firstToken: (promptTokens) => FIRST_TOKEN_MS + PROMPT_TOKEN_MS * promptTokens,
  nextToken: (running) => TOKEN_MS + TOKEN_MS_PER_NEIGHBOUR * Math.max(0, running - 1),
}
