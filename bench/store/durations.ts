/** How long repetitions of a call took, in milliseconds. */
export interface Durations {
  name: string
  /** Whether the target holds for it. */
  usual: boolean
  p50: number
  p99: number
  /** Mean CPU time of the API for one, in milliseconds: the same when other programs use the cores. */
  cpu: number
}

const WARM_UPS = 10

/**
 * Measures a call.
 * @param cpuMs CPU time that the API has used so far
 * @param call makes the call number `at` (below 0: to warm up) and returns how long it took
 */
export async function durationsOf(
  name: string,
  usual: boolean,
  repeats: number,
  cpuMs: () => number,
  call: (at: number) => Promise<number>,
): Promise<Durations> {
  const times: number[] = []
  let before = 0
  for (let at = -WARM_UPS; at < repeats; at++) {
    if (at === 0) before = cpuMs()
    const took = await call(at)
    if (at >= 0) times.push(took)
  }
  const cpu = Number(((cpuMs() - before) / repeats).toFixed(1))
  times.sort((one, other) => one - other)
  const quantile = (q: number): number =>
    Number((times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? Number.NaN).toFixed(1))
  return { name, usual, p50: quantile(0.5), p99: quantile(0.99), cpu }
}

/** Prints a table of durations and whether usual calls keep the target. */
export function printDurations(results: readonly Durations[], targetMs: number): void {
  const width = Math.max(...results.map(({ name }) => name.length))
  const row = (name: string, cells: readonly unknown[]): string =>
    [name.padEnd(width), ...cells.map((cell) => String(cell).padStart(8))].join('  ')
  console.log(row('call', ['p50 ms', 'p99 ms', 'CPU ms']))
  for (const { name, usual, p50, p99, cpu } of results) {
    const verdict = usual ? (p99 <= targetMs ? 'PASS' : 'MISS') : ''
    console.log(`${row(name, [p50, p99, cpu])}  ${verdict}`)
  }
}
