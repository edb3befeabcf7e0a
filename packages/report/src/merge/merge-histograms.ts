import { LatencyHistogram } from '../histogram/latency-histogram.ts'

/** All samples of encoded histograms in one, encoded. @throws {RangeError} when one is none */
export function mergeEncoded(encoded: readonly string[]): string {
  const [only] = encoded
  if (only !== undefined && encoded.length === 1) return only
  const merged = new LatencyHistogram()
  for (const one of encoded) merged.add(LatencyHistogram.decode(one))
  return merged.encode()
}
