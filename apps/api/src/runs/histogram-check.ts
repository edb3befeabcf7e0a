import { setImmediate as nextTurn } from 'node:timers/promises'
import { inflateSync } from 'node:zlib'
import { encodedHistograms, LatencyHistogram, type Run } from '@slicechat/run'
import { CodedError } from '../errors.ts'

/** Largest accepted histogram. All counts of one that spans two hours in microseconds, at nine bytes each, take less. */
const MAX_BYTES = 400_000
const MAX_DIGITS = 3
const HIGHEST_VALUE = 2n ** 36n
/** Histograms checked per turn of the event loop, so that answers streaming in this process need not wait for all. */
const AT_ONCE = 10

/**
 * Decodes every histogram of a run, so that later readers surely can. A histogram that would inflate to far more than
 * its size, or that needs a vast range of cells, is refused before it costs memory.
 * @throws {CodedError} BAD_INPUT with the path of the first invalid histogram
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

/**
 * Checks the header of an HdrHistogram V2: a cookie and a length, then the deflated part, which has the number of
 * significant digits at byte 12, the lowest value at 16 and the highest at 24.
 */
function checkHeader(encoded: string): void {
  const packed = Buffer.from(encoded, 'base64')
  const header = inflateSync(packed.subarray(8), { maxOutputLength: MAX_BYTES })
  if (header.readInt32BE(12) > MAX_DIGITS || header.readBigInt64BE(24) > HIGHEST_VALUE)
    throw new RangeError('a histogram of another kind')
}
