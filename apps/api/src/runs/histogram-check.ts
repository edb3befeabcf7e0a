import { setImmediate as nextTurn } from 'node:timers/promises'
import { inflateSync } from 'node:zlib'
import { encodedHistograms, LatencyHistogram, type Run } from '@slicechat/report'
import { CodedError } from '../errors.ts'

/** Every count of two hours in microseconds, at nine bytes each, stays below this. */
const MOST_BYTES = 400_000
const MOST_DIGITS = 3
const HIGHEST_VALUE = 2n ** 36n
/** Histograms between two pauses: answers that stream in this process must not wait for thousands of them. */
const AT_ONCE = 10

/**
 * Decodes every histogram of a run, so that whoever reads it later can. What would unpack to far more than it is, or
 * ask for a vast range of cells, is refused before it costs anything.
 * @throws {CodedError} BAD_INPUT with the path of the first that is none
 */
export async function checkHistograms(run: Run): Promise<void> {
  let count = 0
  for (const [path, encoded] of encodedHistograms(run)) {
    if (++count % AT_ONCE === 0) await nextTurn()
    try {
      checkHeader(encoded)
      LatencyHistogram.decode(encoded)
    } catch (cause) {
      const field = `run.${path.replaceAll(/\[(\d+)\]/g, '.$1')}`
      throw new CodedError('BAD_INPUT', `${field}: not a histogram`, { field, cause })
    }
  }
}

/** HdrHistogram V2: a cookie and a length before the deflated part; in it the digits at byte 12, the range at 16. */
function checkHeader(encoded: string): void {
  const packed = Buffer.from(encoded, 'base64')
  const header = inflateSync(packed.subarray(8), { maxOutputLength: MOST_BYTES })
  if (header.readInt32BE(12) > MOST_DIGITS || header.readBigInt64BE(24) > HIGHEST_VALUE)
    throw new RangeError('a histogram of another kind')
}
