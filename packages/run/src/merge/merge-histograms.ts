import { LatencyHistogram } from '../histogram/latency-histogram.ts'

/** Merges encoded histograms into one, encoded. @throws {RangeError} if one of them is no histogram */
export function mergeEncoded(encoded: readonly string[]): string {
  const [only] = encoded
  if (only !== undefined && encoded.length === 1) return only
  const merged = new LatencyHistogram()
  for (const one of encoded) merged.add(LatencyHistogram.decode(one))
  return merged.encode()
}
