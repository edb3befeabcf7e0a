const LANE = 2 ** 32
/** Mask of the upper 21 bits of a hash. A hash has 53 bits, the most that a double holds exactly. */
const HIGH_BITS = 0x1fffff

const rotated = (bits: number, by: number): number => (bits << by) | (bits >>> (32 - by))

function spread(bits: number): number {
  let out = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  out = Math.imul(out ^ (out >>> 13), 0xc2b2ae35)
  return out ^ (out >>> 16)
}

/** The parent hash of a sequence's first block. It depends on the salt, so that other salts give other hashes. */
export function rootHash(salt: string): number {
  let low = 0x9e3779b9
  let high = salt.length
  for (let at = 0; at < salt.length; at++) {
    const unit = salt.charCodeAt(at)
    low = Math.imul(rotated(low ^ unit, 13), 0xcc9e2d51)
    high = Math.imul(rotated(high ^ unit, 11), 0x1b873593)
  }
  return joined(low, high)
}

/**
 * The hash of a full block. It covers the block's `count` tokens from position `from` on and, through `parent`, the hash
 * of the block before, all earlier tokens. It mixes two lanes of 32 bits like MurmurHash3; the result has 53 bits.
 */
export function blockHash(
  parent: number,
  source: { tokenAt(position: number): number },
  from: number,
  count: number,
): number {
  let low = parent | 0
  let high = Math.floor(parent / LANE)
  for (let position = from; position < from + count; position++) {
    const token = source.tokenAt(position)
    low ^= Math.imul(rotated(Math.imul(token, 0xcc9e2d51), 15), 0x1b873593)
    low = Math.imul(rotated(low, 13), 5) + 0xe6546b64
    high ^= Math.imul(rotated(Math.imul(token, 0x239b961b), 16), 0xab0e9789)
    high = Math.imul(rotated(high, 17), 5) + 0x38b34ae5
  }
  return joined(low, high)
}

const joined = (low: number, high: number): number =>
  (spread(high) & HIGH_BITS) * LANE + (spread(Math.imul(high, 0x5bd1e995) ^ low) >>> 0)
