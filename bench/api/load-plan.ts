/** The load, which is the same for every route. */
export interface LoadShape {
  /** Average number of streams that run at once. */
  streams: number
  answerTokens: number
  itlMs: number
  /** Time over which the first streams start, before anything is measured. */
  fillMs: number
  windowMs: number
  seed: number
}

/** One question and the time at which it is asked. */
export interface Arrival {
  atMs: number
  tokens: number
  /** Whether the arrival is in the measured window, as part of the Poisson process. */
  measured: boolean
}

/**
 * Arrivals that keep `streams` answers running. The window begins with as many streams as in the steady state, each
 * with a random part of its answer left. After that, new ones arrive at random (Poisson) at the rate at which old ones
 * end. One load then gives both the steady cost and an honest time to first token.
 */
export function planLoad({ streams, answerTokens, itlMs, fillMs, windowMs, seed }: LoadShape): Arrival[] {
  const random = seededRandom(seed)
  const answerMs = answerTokens * itlMs
  const filling = Array.from({ length: streams }, (): Arrival => {
    const atMs = random() * fillMs
    const endMs = fillMs + random() * answerMs
    return { atMs, tokens: Math.max(1, Math.round((endMs - atMs) / itlMs)), measured: false }
  }).sort((a, b) => a.atMs - b.atMs)

  const arriving: Arrival[] = []
  const meanGapMs = answerMs / streams
  const nextGap = (): number => -Math.log(1 - random()) * meanGapMs
  for (let atMs = fillMs + nextGap(); atMs < fillMs + windowMs; atMs += nextGap())
    arriving.push({ atMs, tokens: answerTokens, measured: true })
  return [...filling, ...arriving]
}

/** Mulberry32, so that every route gets the same load. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
