import type { Witness } from '@slicechat/run'

type Gap = Witness['gaps'][number]

/** Most gaps: an endpoint that flaps for hours must not fill the report. */
const MAX_GAPS = 200

/** The times without an answer, with their reasons. */
export class ScrapeGaps {
  readonly #gaps: Gap[] = []
  #isOpen = false

  /** Adds a time in which an answer was due and did not come. Gaps without an answer between them become one. */
  add(gap: Gap): void {
    const last = this.#gaps.at(-1)
    if (last && (this.#isOpen || this.#gaps.length >= MAX_GAPS))
      this.#gaps[this.#gaps.length - 1] = {
        fromMs: last.fromMs,
        untilMs: Math.max(last.untilMs, gap.untilMs),
        why: joinReasons(last.why, gap.why),
      }
    else this.#gaps.push(gap)
    this.#isOpen = true
  }

  /** Notes that there was an answer. */
  close(): void {
    this.#isOpen = false
  }

  all(): readonly Gap[] {
    return this.#gaps
  }
}

const joinReasons = (a: string, b: string): string => {
  const whys = new Set(a.split('; '))
  return whys.has(b) || whys.size >= 4 ? a : `${a}; ${b}`
}
