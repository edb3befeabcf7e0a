import type { PlannedConversation, PlannedTurn } from '../plan/plan.ts'
import type { Ask, Outcome, Target, TargetConversation, TargetUser } from '../target/target.ts'
import type { Recorder } from './recorder.ts'
import type { RequestMeter } from './request-meter.ts'
import type { RequestOrigin, RequestRecord } from './request-record.ts'
import type { RunClock } from './run-clock.ts'
import type { Scheduler } from './scheduler.ts'

export interface VirtualUsersOptions {
  readonly target: Target
  readonly clock: RunClock
  readonly scheduler: Scheduler
  readonly recorder: Recorder
  /** No request begins after it, in milliseconds from the run's zero. */
  readonly lastStartMs: number
  readonly behaviour: UserBehaviour
}

/** What all users of a run have in common. */
export interface UserBehaviour {
  readonly temperature: number | undefined
  /** Answers have exactly the length that is asked for. */
  readonly exact: boolean
  /** How a user gives up. */
  readonly how: 'stop' | 'leave'
}

interface ActiveRequest {
  readonly meter: RequestMeter
  readonly controller: AbortController
}

/** How a conversation ended. */
export interface ConversationEnd {
  readonly endedMs: number
  readonly failed: boolean
}

/** The virtual users of a run: how many are present, and what each of them does in a conversation. */
export class VirtualUsers {
  readonly #options: VirtualUsersOptions
  readonly #activeRequests = new Set<ActiveRequest>()
  readonly #background = new Set<Promise<void>>()
  #present = 0
  #closing = false
  #whenEmpty: (() => void) | undefined

  constructor(options: VirtualUsersOptions) {
    this.#options = options
  }

  get present(): number {
    return this.#present
  }

  /** Starts no new requests from now on; those under way go on. */
  stopStarting(): void {
    this.#closing = true
    this.#options.scheduler.release()
  }

  isClosing(): boolean {
    return this.#closing
  }

  /** A user is present for as long as `session` runs. */
  async runUser(session: (user: TargetUser) => Promise<void>): Promise<void> {
    const { recorder, target } = this.#options
    const user = target.user()
    recorder.present(++this.#present)
    try {
      await session(user)
    } finally {
      recorder.present(--this.#present)
      user.close()
      if (this.#present === 0) this.#whenEmpty?.()
    }
  }

  /**
   * Holds one conversation, to its end or to the first failure: a user who got an error does not go on as planned.
   * @param firstMs intended start of its first message
   * @param mayContinue called before every further message; `false` ends the conversation
   */
  async runConversation(
    user: TargetUser,
    planned: PlannedConversation,
    firstMs: number,
    mayContinue: () => boolean,
  ): Promise<ConversationEnd> {
    const { scheduler, clock, lastStartMs } = this.#options
    const conversation = user.converse({ systemPrompt: planned.systemPrompt })
    let intendedMs = firstMs
    let failed = false
    for (const [turn, message] of planned.turns.entries()) {
      if (turn > 0) {
        intendedMs = clock.now() + message.thinkMs
        // A user whose next message would fall after the end waits for the end: leaving early would let
        // another user begin.
        if (message.thinkMs > 0 && !(await scheduler.until(intendedMs))) break
        if (intendedMs > lastStartMs) break
      }
      if (this.isClosing() || (turn > 0 && !mayContinue())) break
      const origin = { conversation: planned.id, turn, regenerated: false, intendedMs }
      let record = await this.#ask((ask) => conversation.send(message.content, ask), origin, message)
      const again = { ...origin, regenerated: true, intendedMs: clock.now() }
      if (message.regenerate && record?.status === 'succeeded' && again.intendedMs <= lastStartMs) {
        record = await this.#ask((ask) => conversation.regenerate(ask), again, message)
      }
      failed = record?.status === 'failed'
      if (failed) break
    }
    this.#removeConversation(conversation)
    return { endedMs: clock.now(), failed }
  }

  /** Ends the requests under way, which is no user's decision. @param why see `RequestMeter.cut` */
  cut(why: { interrupted: boolean }): void {
    this.stopStarting()
    for (const { meter, controller } of this.#activeRequests) {
      meter.cut(why)
      controller.abort()
    }
  }

  /** Resolves when the last user has left and the stored conversations are removed. */
  async empty(): Promise<void> {
    if (this.#present > 0) await new Promise<void>((resolve) => (this.#whenEmpty = resolve))
    await Promise.allSettled(this.#background)
  }

  async #ask(
    send: (ask: Ask) => Promise<Outcome>,
    origin: RequestOrigin,
    { maxTokens, abandonAfterMs }: PlannedTurn,
  ): Promise<RequestRecord | undefined> {
    const { recorder, scheduler, behaviour } = this.#options
    const controller = new AbortController()
    const meter = recorder.begin(origin)
    const request = { meter, controller }
    this.#activeRequests.add(request)
    const patience =
      abandonAfterMs === undefined
        ? undefined
        : scheduler.at(meter.startedMs + abandonAfterMs, () => {
            meter.abandon()
            controller.abort()
          })
    const outcome = await send({
      ...behaviour,
      maxTokens,
      signal: controller.signal,
      arrived: meter.arrived,
    }).catch(defectOutcome)
    patience?.()
    this.#activeRequests.delete(request)
    return recorder.end(meter, outcome)
  }

  #removeConversation(conversation: TargetConversation): void {
    const removal = conversation.end().catch(() => {})
    this.#background.add(removal)
    void removal.finally(() => this.#background.delete(removal))
  }
}

/** A target never throws; if one does, this is a failed request and not the end of the run. */
function defectOutcome(error: unknown): Outcome {
  const unknown = { promptTokens: undefined, completionTokens: undefined }
  return {
    reason: 'error',
    ...unknown,
    apiTimings: undefined,
    engineTimings: undefined,
    error: { code: 'LOADGEN_DEFECT', message: String(error) },
  }
}
