/** The name that someone who wrote `word` most likely meant; `undefined` if none is close. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  // Allows one slip for every three letters of the word, rounded up.
  let least = Math.max(2, Math.ceil(word.length / 3) + 1)
  for (const name of names) {
    const distance = edits(word.toLowerCase(), name.toLowerCase())
    if (distance >= least) continue
    least = distance
    best = name
  }
  return best
}

/** Letters to insert, remove or replace to make one word of another (Levenshtein). */
function edits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (const [index, letter] of Array.from(from).entries()) {
    const next = [index + 1]
    for (let column = 1; column <= to.length; column++)
      next[column] = Math.min(
        (row[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (row[column - 1] ?? 0) + (to[column - 1] === letter ? 0 : 1),
      )
    row = next
  }
  return row[to.length] ?? 0
}
