/** How long repetitions of a call took, in milliseconds. */
export interface Durations {
  name: string
  /** Whether the target holds for it. */
  usual: boolean
  p50: number
  p99: number
}

const WARM_UPS = 2

/**
 * Measures a call.
 * @param call makes the call number `at` (below 0: to warm up) and returns how long it took
 */
export async function durationsOf(
  name: string,
  usual: boolean,
  repeats: number,
  call: (at: number) => Promise<number>,
): Promise<Durations> {
  const times: number[] = []
  for (let at = -WARM_UPS; at < repeats; at++) {
    const took = await call(at)
    if (at >= 0) times.push(took)
  }
  times.sort((one, other) => one - other)
  const quantile = (q: number): number =>
    Number((times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? Number.NaN).toFixed(1))
  return { name, usual, p50: quantile(0.5), p99: quantile(0.99) }
}

/** Prints a table of durations and whether usual calls keep the target. */
export function printDurations(results: readonly Durations[], targetMs: number): void {
  const width = Math.max(...results.map(({ name }) => name.length))
  console.log(`${'call'.padEnd(width)}  ${'p50 ms'.padStart(8)}  ${'p99 ms'.padStart(8)}`)
  for (const { name, usual, p50, p99 } of results) {
    const verdict = usual ? (p99 <= targetMs ? 'PASS' : 'MISS') : ''
    console.log(`${name.padEnd(width)}  ${String(p50).padStart(8)}  ${String(p99).padStart(8)}  ${verdict}`)
  }
}
