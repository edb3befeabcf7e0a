/** A small seeded random generator (mulberry32): the same seed gives the same numbers on every machine. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Hashes texts and numbers into one seed. */
export function seedOf(...parts: readonly (string | number)[]): number {
  let h = 0x811c9dc5
  for (const part of parts) {
    for (const char of String(part)) h = Math.imul(h ^ (char.codePointAt(0) ?? 0), 0x01000193)
    h = Math.imul(h ^ 0xff, 0x01000193)
  }
  return h >>> 0
}
