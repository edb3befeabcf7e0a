import { isIPv6 } from 'node:net'
import { CodedError } from '../errors.ts'

/** Most callers that are remembered. Beyond it, those that have been quiet the longest are forgotten. */
const MAX_REMEMBERED = 50_000

interface Bucket {
  tries: number
  at: number
}

/** How many tries are free, and how many a minute come back. */
export interface TryLimit {
  burst: number
  perMinute: number
}

/** Counts the failed tries of callers, as a bucket of tokens for each. */
class TryCounter {
  readonly #limit: TryLimit
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()

  constructor(limit: TryLimit, now: () => number) {
    this.#limit = limit
    this.#now = now
  }

  /** Takes one try. @returns 0, or the milliseconds to wait if there is none */
  take(key: string): number {
    const { burst, perMinute } = this.#limit
    const at = this.#now()
    const known = this.#buckets.get(key)
    this.#buckets.delete(key)
    const back = known === undefined ? 0 : (Math.max(0, at - known.at) * perMinute) / 60_000
    const tries = Math.min(burst, (known?.tries ?? burst) + back)
    this.#buckets.set(key, { tries: tries >= 1 ? tries - 1 : tries, at })
    if (this.#buckets.size > MAX_REMEMBERED) this.#buckets.delete(this.#buckets.keys().next().value ?? '')
    return tries >= 1 ? 0 : Math.ceil(((1 - tries) * 60_000) / perMinute)
  }

  giveBack(key: string): void {
    const known = this.#buckets.get(key)
    if (known !== undefined) known.tries = Math.min(this.#limit.burst, known.tries + 1)
  }
}

/** Tries for one account, from wherever they come. */
const ACCOUNT_LIMIT: TryLimit = { burst: 10, perMinute: 10 }
/** Tries from one address, for whichever accounts: an office can share one. */
const ADDRESS_LIMIT: TryLimit = { burst: 30, perMinute: 30 }
/** Entries about refused tries that one address can cause in the audit log. */
const NOTE_LIMIT: TryLimit = { burst: 1, perMinute: 1 }

/**
 * Slows guessing of passwords and tokens down, by account and by address. It counts in memory: better-auth's own limits are off
 * outside of production and do not see calls that are not HTTP.
 */
export class Attempts {
  readonly #accounts: TryCounter
  readonly #addresses: TryCounter
  readonly #notes: TryCounter

  /** @param now a clock that never goes back, in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#accounts = new TryCounter(ACCOUNT_LIMIT, now)
    this.#addresses = new TryCounter(ADDRESS_LIMIT, now)
    this.#notes = new TryCounter(NOTE_LIMIT, now)
  }

  /** Whether a refused try from an address should be written down: one a minute. */
  shouldNote(address: string): boolean {
    return this.#notes.take(subnetOf(address)) === 0
  }

  /**
   * Takes a try before the password is looked at.
   * @param account what is tried; the same limit holds for accounts that do not exist
   * @returns gives it back, for a try that succeeded
   * @throws {CodedError} RATE_LIMITED with the time to wait
   */
  take(address: string, account: string): () => void {
    const from = subnetOf(address)
    const wait = Math.max(this.#addresses.take(from), this.#accounts.take(account))
    if (wait > 0)
      throw new CodedError('RATE_LIMITED', 'Too many tries. Wait a little and try again.', {
        retryAfterMs: wait,
      })
    return () => {
      this.#addresses.giveBack(from)
      this.#accounts.giveBack(account)
    }
  }
}

/** One caller of IPv6 has a whole network of 64 bits. */
function subnetOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail = ''] = address.split('::')
  const left = head.split(':').filter(Boolean)
  const right = tail.split(':').filter(Boolean)
  const groups = address.includes('::')
    ? [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
    : left
  return groups.slice(0, 4).join(':')
}
