import type { Witness } from '@slicechat/report'

type Gap = Witness['gaps'][number]

/** An endpoint that flaps for hours must not fill the report. */
const MOST = 200

/** The times without an answer, and why. */
export class Gaps {
  readonly #gaps: Gap[] = []
  #isOpen = false

  /** Something was to be had between these times and was not. Neighbours without an answer between them are one gap. */
  add(gap: Gap): void {
    const last = this.#gaps.at(-1)
    if (last && (this.#isOpen || this.#gaps.length >= MOST))
      this.#gaps[this.#gaps.length - 1] = {
        fromMs: last.fromMs,
        untilMs: Math.max(last.untilMs, gap.untilMs),
        why: bothWhys(last.why, gap.why),
      }
    else this.#gaps.push(gap)
    this.#isOpen = true
  }

  /** There was an answer. */
  close(): void {
    this.#isOpen = false
  }

  all(): readonly Gap[] {
    return this.#gaps
  }
}

const bothWhys = (a: string, b: string): string => {
  const whys = new Set(a.split('; '))
  return whys.has(b) || whys.size >= 4 ? a : `${a}; ${b}`
}
