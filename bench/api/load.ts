import { createHistogram } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMicros, residentBytes } from '../process-meter.ts'
import { type Arrival, type LoadShape, planLoad } from './load-plan.ts'
import { createUser, type Protocol } from './protocols.ts'
import { runningStreams, tokensProduced } from './simulator-counts.ts'
import type { User } from './user.ts'

export interface LoadJob {
  protocol: Protocol
  url: string
  model: string
  simulatorUrl: string
  /** The process under test. */
  pid: number
  shape: LoadShape
  /** Length, in characters, of the first n tokens of the answer, by n. */
  chars: number[]
}

export interface LoadResult {
  /** CPU time during the window, of the process under test and of this client, per token produced in the window. */
  cpuMicrosPerToken: number
  clientMicrosPerToken: number
  peakBytes: number
  /** Milliseconds from the intended start to the first text, for each arrival in the window. */
  ttftMs: number[]
  /** For each complete answer: time from its intended start to its end, divided by the time that its tokens take. */
  stretch: number[]
  /** Milliseconds between two pieces of text of one stream. */
  gapP50: number
  gapP99: number
  tokensPerPiece: number
  answers: number
  /** How late this process started its requests, in milliseconds: above a few, it was starved of CPU. */
  lateP99: number
  failures: string[]
}

const SAMPLE_MEMORY_EVERY_MS = 200
const DRAIN_MS = 10_000

/** Sends one load through one route and measures it. */
export async function runLoad(job: LoadJob): Promise<LoadResult> {
  const { shape, pid, simulatorUrl } = job
  const load = new Load(job)
  const done = load.start(planLoad(shape))
  await sleep(shape.fillMs)

  const produced = await tokensProduced(simulatorUrl)
  const [cpu, own] = [cpuMicros(pid), process.cpuUsage()]
  let peakBytes = residentBytes(pid)
  const sampling = setInterval(() => {
    peakBytes = Math.max(peakBytes, residentBytes(pid))
  }, SAMPLE_MEMORY_EVERY_MS)
  await done
  clearInterval(sampling)
  const usedByTest = cpuMicros(pid) - cpu
  const { user, system } = process.cpuUsage(own)
  const tokens = (await tokensProduced(simulatorUrl)) - produced
  const result = load.result()

  load.close()
  const until = performance.now() + DRAIN_MS
  while ((await runningStreams(simulatorUrl)) > 0) {
    if (performance.now() > until) result.failures.push('streams go on although nobody reads them')
    if (performance.now() > until) break
    await sleep(100)
  }
  return {
    ...result,
    cpuMicrosPerToken: usedByTest / tokens,
    clientMicrosPerToken: (user + system) / tokens,
    peakBytes,
  }
}

/** The users of one load: a user who has read an answer asks the next question. */
class Load {
  readonly #job: LoadJob
  readonly #users = new Set<User>()
  readonly #idle: User[] = []
  readonly #ttftMs: number[] = []
  readonly #stretch: number[] = []
  readonly #failures: string[] = []
  readonly #gaps = createHistogram()
  readonly #late = createHistogram()
  #chars = 0
  #pieces = 0
  #answers = 0

  constructor(job: LoadJob) {
    this.#job = job
  }

  /** Resolves at the end of the window. */
  async start(plan: readonly Arrival[]): Promise<void> {
    const { fillMs, windowMs } = this.#job.shape
    const origin = performance.now()
    for (const arrival of plan) {
      const at = origin + arrival.atMs
      const wait = at - performance.now()
      if (wait > 1) await sleep(wait)
      this.#late.record(Math.max(1, Math.round((performance.now() - at) * 1000)))
      this.#ask(arrival, at)
    }
    await sleep(Math.max(0, origin + fillMs + windowMs - performance.now()))
  }

  close(): void {
    for (const user of this.#users) user.close()
  }

  result(): Omit<LoadResult, 'cpuMicrosPerToken' | 'clientMicrosPerToken' | 'peakBytes'> {
    const { chars } = this.#job
    const charsPerToken = (chars.at(-1) ?? 0) / (chars.length - 1)
    return {
      ttftMs: this.#ttftMs,
      stretch: this.#stretch,
      gapP50: this.#gaps.percentile(50) / 1000,
      gapP99: this.#gaps.percentile(99) / 1000,
      tokensPerPiece: this.#chars / charsPerToken / this.#pieces,
      answers: this.#answers,
      lateP99: this.#late.percentile(99) / 1000,
      failures: this.#failures,
    }
  }

  #ask({ tokens, measured }: Arrival, at: number): void {
    const user = this.#idle.pop() ?? this.#newUser()
    const { itlMs } = this.#job.shape
    const expected = this.#job.chars[tokens] ?? 0
    let last = Number.NaN
    let chars = 0
    user.ask(tokens, {
      text: (length) => {
        const now = performance.now()
        if (chars > 0) this.#gaps.record(Math.max(1, Math.round((now - last) * 1000)))
        else if (measured) this.#ttftMs.push(now - at)
        last = now
        chars += length
        this.#chars += length
        this.#pieces++
      },
      end: (counted) => {
        this.#idle.push(user)
        this.#answers++
        this.#stretch.push((performance.now() - at) / (tokens * itlMs))
        if (counted !== tokens || chars !== expected)
          this.#failures.push(`${counted} tokens, ${chars} characters instead of ${tokens}, ${expected}`)
      },
      fail: (reason) => this.#failures.push(reason),
    })
  }

  #newUser(): User {
    const user = createUser(this.#job.protocol, new URL(this.#job.url), this.#job.model)
    this.#users.add(user)
    return user
  }
}
