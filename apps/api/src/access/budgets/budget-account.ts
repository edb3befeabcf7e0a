import type { Budget, BudgetState, BudgetStatus } from '@slicechat/contract'
import { CodedError } from '../../errors.ts'
import type { BudgetReservation } from './budget-reservation.ts'
import { RequestWindow } from './request-window.ts'

/** The moment of a check, by both clocks. */
export interface Moment {
  /** Monotonic time, in milliseconds. */
  monotonic: number
  /** Milliseconds until the day in UTC ends. */
  dayEndsInMs: number
  /** The day in UTC, such as `2026-11-27`. */
  day: string
}

/** Wait for what depends on running answers, whose end nobody knows. It is random so that refused callers spread. */
const unknownWaitMs = (): number => 1_000 + Math.round(Math.random() * 2_000)

/** What one owner or one key uses. */
export class BudgetAccount {
  readonly running = new Set<BudgetReservation>()
  readonly #requests = new RequestWindow()
  /** Tokens of answers that have ended, by day. */
  readonly #tokens = new Map<string, number>()

  /** @throws {CodedError} RATE_LIMITED when one more answer would be over a limit */
  check(limits: Budget, whose: string, at: Moment): void {
    const { answersAtOnce, requestsPerMinute, tokensPerDay } = limits
    if (answersAtOnce !== null && this.running.size >= answersAtOnce)
      throw over(`${whose} may run ${answersAtOnce} answers at once`, unknownWaitMs())
    if (requestsPerMinute !== null) {
      const waitMs = this.#requests.fewerIn(at.monotonic, requestsPerMinute)
      if (waitMs > 0) throw over(`${whose} may ask ${requestsPerMinute} times a minute`, waitMs)
    }
    if (tokensPerDay !== null && this.tokensOn(at.day) + this.#reserved() >= tokensPerDay) {
      const spent = this.tokensOn(at.day) >= tokensPerDay
      throw over(
        `${whose} may use ${tokensPerDay} tokens a day (UTC)${spent ? '' : ', and running answers may need the rest'}`,
        spent ? at.dayEndsInMs : unknownWaitMs(),
      )
    }
  }

  add(reservation: BudgetReservation, limits: Budget, now: number): void {
    this.running.add(reservation)
    if (limits.requestsPerMinute !== null) this.#requests.add(now)
  }

  /** Takes back a request that began nothing. */
  takeBack(reservation: BudgetReservation, time: number): void {
    this.running.delete(reservation)
    this.#requests.remove(time)
  }

  tokensOn(day: string): number {
    return this.#tokens.get(day) ?? 0
  }

  addTokens(day: string, tokens: number): void {
    this.#tokens.set(day, this.tokensOn(day) + tokens)
  }

  forgetDay(day: string): void {
    this.#tokens.delete(day)
  }

  status({ answersAtOnce, requestsPerMinute, tokensPerDay }: Budget, at: Moment): BudgetStatus {
    const state = (
      limit: number | null,
      used: () => number,
      resetMs: () => number | null,
    ): BudgetState | null => (limit === null ? null : { limit, used: used(), resetMs: resetMs() })
    const { monotonic: now } = at
    return {
      answersAtOnce: state(
        answersAtOnce,
        () => this.running.size,
        () => null,
      ),
      requestsPerMinute: state(
        requestsPerMinute,
        () => this.#requests.used(now),
        () => this.#requests.fewerIn(now, this.#requests.used(now)),
      ),
      tokensPerDay: state(
        tokensPerDay,
        () => this.tokensOn(at.day) + this.#reserved(),
        () => at.dayEndsInMs,
      ),
    }
  }

  /** Whether nothing runs here, nothing was asked in the last minute and no day has tokens. */
  isIdle(now: number): boolean {
    return this.running.size === 0 && this.#requests.used(now) === 0 && this.#tokens.size === 0
  }

  #reserved(): number {
    let tokens = 0
    for (const reservation of this.running) tokens += reservation.tokens
    return tokens
  }
}

const over = (what: string, retryAfterMs: number): CodedError =>
  new CodedError('RATE_LIMITED', `${what}. Try again ${inWords(retryAfterMs)}.`, { retryAfterMs })

function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 120) return `in ${seconds} s`
  return seconds < 7_200 ? `in ${Math.ceil(seconds / 60)} min` : `in ${Math.ceil(seconds / 3_600)} h`
}
