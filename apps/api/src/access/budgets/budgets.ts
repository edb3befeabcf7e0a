import type { Budget, BudgetState, BudgetStatus } from '@slicechat/contract'
import type { Principal } from '../access.ts'
import { BudgetAccount, type Moment } from './budget-account.ts'
import { BudgetReservation } from './budget-reservation.ts'

/** Whose budgets a call uses: those of its owner, and those of its key. */
export type Spender = Pick<Principal, 'owner' | 'keyId'>

/** Whom a budget limits: everyone without an own one, one owner, or one personal key. */
export type BudgetSubject =
  { kind: 'default' } | { kind: 'owner'; owner: string } | { kind: 'key'; keyId: string }

/** Tokens that an owner used on a day, with one of its keys or without (`''`). */
export interface TokensUsed {
  owner: string
  key: string
  tokens: number
}

/** A budget that was set, and whom it limits. */
export interface SetBudget {
  subject: BudgetSubject
  budget: Budget
}

/** Where budgets and their usage outlive a restart. */
export interface BudgetRecords {
  tokensOn: (day: string) => Promise<readonly TokensUsed[]>
  /** All budgets that were set. */
  all: () => Promise<readonly SetBudget[]>
  /** @param budget `null` to remove it */
  set: (subject: BudgetSubject, budget: Budget | null) => Promise<void>
}

export interface Clocks {
  /** The time of day, in milliseconds since 1970. It can jump. */
  wall: () => number
  /** Never goes back, in milliseconds. */
  monotonic: () => number
}

const SYSTEM_CLOCKS: Clocks = { wall: () => Date.now(), monotonic: () => performance.now() }

export const NO_LIMITS: Budget = { answersAtOnce: null, requestsPerMinute: null, tokensPerDay: null }

const DAY_MS = 86_400_000
const SWEEP_EVERY_MS = 60_000
/** Days whose tokens are kept here: a clock that jumps back for a while needs not read them again. */
const MAX_DAYS = 3

/** The day in UTC of a time, such as `2026-11-27`. */
export function dayOf(wall: number): string {
  const number = Math.floor(wall / DAY_MS)
  if (number !== lastDay.number) lastDay = { number, name: new Date(wall).toISOString().slice(0, 10) }
  return lastDay.name
}
/** The day that was asked for last: several times for each answer, it is the same one. */
let lastDay = { number: Number.NaN, name: '' }

const DEFAULT = 'default'

function nameOf(subject: BudgetSubject): string {
  if (subject.kind === 'default') return DEFAULT
  return subject.kind === 'owner' ? `owner ${subject.owner}` : `key ${subject.keyId}`
}

/**
 * The budgets of owners and keys, and what is used of them, in this process. An owner without a budget has the default one; a
 * key's budget counts beside its owner's. Several instances of the API would count in a place that they share, so callers
 * await every answer.
 */
export class Budgets {
  readonly #clocks: Clocks
  readonly #records: BudgetRecords
  readonly #limits = new Map<string, SetBudget>()
  readonly #accounts = new Map<string, BudgetAccount>()
  /** Days whose tokens are in the accounts. */
  readonly #days = new Map<string, Promise<void>>()
  readonly #standard: Budget
  #read: Promise<void> | undefined
  #sweptAt = 0

  /** @param standard the default budget, unless an admin has set another */
  constructor(standard: Budget, records: BudgetRecords, clocks = SYSTEM_CLOCKS) {
    this.#standard = standard
    this.#records = records
    this.#clocks = clocks
  }

  /**
   * Admits one answer if it keeps within every budget of its caller.
   * @param expected returns the tokens that the answer is expected to use; it is asked only if tokens are limited
   * @throws {CodedError} RATE_LIMITED, with the time to wait and a message that names the limit
   */
  async enter(spender: Spender, expected: () => number): Promise<BudgetReservation> {
    const at = this.#moment()
    await this.#loaded(at.day)
    const parts = this.#partsOf(spender)
    // From the first check to the last count nothing is awaited, so that simultaneous calls cannot pass together.
    for (const { account, limits, whose } of parts) account.check(limits, whose, at)
    const reservation = new BudgetReservation(expected, (tokens) => {
      const day = dayOf(this.#clocks.wall())
      for (const { account } of parts)
        if (tokens === undefined) account.takeBack(reservation, at.monotonic)
        else {
          account.running.delete(reservation)
          if (tokens > 0) account.addTokens(day, tokens)
        }
    })
    for (const { account, limits } of parts) account.add(reservation, limits, at.monotonic)
    this.#sweep(at)
    return reservation
  }

  /** What is used of the caller's limits. Where owner and key both have one, the one with less left counts. */
  async status(spender: Spender): Promise<BudgetStatus> {
    const at = this.#moment()
    await this.#loaded(at.day)
    const [first, ...others] = this.#partsOf(spender).map(({ account, limits }) => account.status(limits, at))
    return others.reduce<BudgetStatus>(
      (one, other) => ({
        answersAtOnce: tighter(one.answersAtOnce, other.answersAtOnce),
        requestsPerMinute: tighter(one.requestsPerMinute, other.requestsPerMinute),
        tokensPerDay: tighter(one.tokensPerDay, other.tokensPerDay),
      }),
      first ?? { answersAtOnce: null, requestsPerMinute: null, tokensPerDay: null },
    )
  }

  /** The budget of owners who have none of their own. */
  async standard(): Promise<Budget> {
    await this.#limitsRead()
    return this.#limits.get(DEFAULT)?.budget ?? this.#standard
  }

  /** All budgets that were set, the default one among them. */
  async all(): Promise<SetBudget[]> {
    await this.#limitsRead()
    return [...this.#limits.values()]
  }

  /** Sets a budget, from the next start on. @param budget `null` to remove it */
  async set(subject: BudgetSubject, budget: Budget | null): Promise<void> {
    await this.#limitsRead()
    await this.#records.set(subject, budget)
    if (budget === null) this.#limits.delete(nameOf(subject))
    else this.#limits.set(nameOf(subject), { subject, budget })
  }

  /** An owner's own budget, `null` where the default one counts, and the tokens that it has used today. */
  async ofOwner(owner: string): Promise<{ budget: Budget | null; tokensToday: number }> {
    const { day } = this.#moment()
    await this.#loaded(day)
    const name = nameOf({ kind: 'owner', owner })
    return {
      budget: this.#limits.get(name)?.budget ?? null,
      tokensToday: this.#accounts.get(name)?.tokensOn(day) ?? 0,
    }
  }

  #moment(): Moment {
    const wall = this.#clocks.wall()
    return { monotonic: this.#clocks.monotonic(), day: dayOf(wall), dayEndsInMs: DAY_MS - (wall % DAY_MS) }
  }

  #partsOf({ owner, keyId }: Spender): { account: BudgetAccount; limits: Budget; whose: string }[] {
    const name = nameOf({ kind: 'owner', owner })
    const parts = [
      {
        account: this.#account(name),
        limits: (this.#limits.get(name) ?? this.#limits.get(DEFAULT))?.budget ?? this.#standard,
        whose: 'You',
      },
    ]
    if (keyId !== undefined) {
      const key = nameOf({ kind: 'key', keyId })
      parts.push({
        account: this.#account(key),
        limits: this.#limits.get(key)?.budget ?? NO_LIMITS,
        whose: 'This key',
      })
    }
    return parts
  }

  #account(name: string): BudgetAccount {
    let account = this.#accounts.get(name)
    if (account === undefined) this.#accounts.set(name, (account = new BudgetAccount()))
    return account
  }

  /** Reads the tokens of a day that is new here. Of a day later than all before, the records can hold none. */
  #loaded(day: string): Promise<void> {
    const known = this.#days.get(day)
    if (known !== undefined) return known
    const isNewest = this.#days.size > 0 && [...this.#days.keys()].every((other) => other < day)
    const loading = isNewest ? Promise.resolve() : this.#load(day)
    this.#days.set(day, loading)
    loading.catch(() => this.#days.delete(day))
    if (this.#days.size > MAX_DAYS)
      this.#forgetDay([...this.#days.keys()].filter((other) => other !== day).sort()[0] ?? '')
    return loading
  }

  /** Reads the budgets that were set, once. */
  #limitsRead(): Promise<void> {
    this.#read ??= this.#records.all().then(
      (all) => {
        for (const one of all) this.#limits.set(nameOf(one.subject), one)
      },
      (error: unknown) => {
        this.#read = undefined
        throw error
      },
    )
    return this.#read
  }

  async #load(day: string): Promise<void> {
    await this.#limitsRead()
    for (const { owner, key, tokens } of await this.#records.tokensOn(day)) {
      this.#account(nameOf({ kind: 'owner', owner })).addTokens(day, tokens)
      if (key !== '') this.#account(nameOf({ kind: 'key', keyId: key })).addTokens(day, tokens)
    }
  }

  #forgetDay(day: string): void {
    this.#days.delete(day)
    for (const account of this.#accounts.values()) account.forgetDay(day)
  }

  /** Forgets accounts that hold nothing any more. */
  #sweep(at: Moment): void {
    if (at.monotonic - this.#sweptAt < SWEEP_EVERY_MS) return
    this.#sweptAt = at.monotonic
    for (const [name, account] of this.#accounts)
      if (account.isIdle(at.monotonic)) this.#accounts.delete(name)
  }
}

function tighter(one: BudgetState | null, other: BudgetState | null): BudgetState | null {
  if (one === null || other === null) return one ?? other
  return one.limit - one.used <= other.limit - other.used ? one : other
}
