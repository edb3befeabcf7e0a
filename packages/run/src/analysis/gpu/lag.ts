import type { Points } from '../../server-metrics/steps.ts'

/** How late one series is behind another. */
export interface Lag {
  /** Milliseconds by which the second series is late. */
  readonly ms: number
  /** Pearson's correlation at that lag, 0 to 1. */
  readonly correlation: number
}

const STEP_MS = 100
/** Below this the similarity may be chance. */
const MIN_CORRELATION = 0.6
/** The best lag must correlate better than the worst by this much, or any lag would do. */
const MIN_CONTRAST = 0.1
const MIN_SAMPLES = 8

/** The value at a moment, by linear interpolation; `null` outside. `points` ascend. */
export function valueAt(points: Points, ms: number): number | null {
  let low = 0
  let high = points.length - 1
  const [first, last] = [points[0], points[high]]
  if (!first || !last || ms < first[0] || ms > last[0]) return null
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if ((points[middle]?.[0] ?? 0) <= ms) low = middle
    else high = middle
  }
  const [a, b] = [points[low], points[high]]
  if (!a || !b) return null
  return b[0] === a[0] ? b[1] : a[1] + ((b[1] - a[1]) * (ms - a[0])) / (b[0] - a[0])
}

/**
 * Estimates by cross-correlation how late `follower` is behind `leader`: the shift at which they are most similar.
 * The result includes all delays: the exporter's averaging (half its interval), its publication and the scrape.
 * @param longestMs the largest lag that is tried
 * @returns `null` if there is no clear lag: too few samples, nothing that changed, no similarity, or all lags alike
 */
export function lagBehind(leader: Points, follower: Points, longestMs: number): Lag | null {
  const tried: Lag[] = []
  for (let ms = 0; ms <= longestMs; ms += STEP_MS) {
    const pairs = follower.flatMap(([at, value]) => {
      const led = valueAt(leader, at - ms)
      return led === null ? [] : [[led, value] as const]
    })
    const correlation = pairs.length < MIN_SAMPLES ? null : pearson(pairs)
    if (correlation !== null) tried.push({ ms, correlation })
  }
  const [first] = tried
  if (!first) return null
  const best = tried.reduce((a, b) => (b.correlation > a.correlation ? b : a))
  const least = Math.min(...tried.map(({ correlation }) => correlation))
  const atTheEnd = best.ms + STEP_MS > longestMs
  if (best.correlation < MIN_CORRELATION || best.correlation - least < MIN_CONTRAST || atTheEnd) return null
  return best
}

function pearson(pairs: readonly (readonly [number, number])[]): number | null {
  const n = pairs.length
  const meanX = pairs.reduce((sum, [x]) => sum + x, 0) / n
  const meanY = pairs.reduce((sum, [, y]) => sum + y, 0) / n
  let [xx, yy, xy] = [0, 0, 0]
  for (const [x, y] of pairs) {
    xx += (x - meanX) ** 2
    yy += (y - meanY) ** 2
    xy += (x - meanX) * (y - meanY)
  }
  // A standard deviation below 2% of the mean is too small a change to read a lag from.
  const flat = (squares: number, mean: number): boolean => Math.sqrt(squares / n) <= 0.02 * Math.abs(mean)
  return flat(xx, meanX) || flat(yy, meanY) ? null : xy / Math.sqrt(xx * yy)
}
