import { toChatError } from '@slicechat/client'
import { errorText } from '../texts/errors.ts'

export interface Notice {
  id: number
  code: string
  text: string
  /** How long it is shown, in milliseconds; `undefined`: until it is dismissed, since somebody has to act. */
  shownForMs: number | undefined
}

/** Errors that last until an operator or the reader does something about them. */
const TO_BE_MENDED = new Set(['UNAUTHENTICATED', 'FORBIDDEN'])
const SHOWN_MS = 8_000
/** Reading time of a slow reader, in milliseconds per character. */
const READING_MS = 80

const shownFor = (code: string, text: string) =>
  TO_BE_MENDED.has(code) ? undefined : Math.max(SHOWN_MS, text.length * READING_MS)

const SHOWN_AT_ONCE = 3

function isAbort(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause.name === 'AbortError') return true
  return false
}

/** Takes an error over that another place on the page shows. @returns whether it did */
type Takes = (error: unknown) => boolean

/** Collects every failure that has no better place on the page. An abort is not a failure. */
export class ErrorFunnel {
  #notices = $state.raw<Notice[]>([])
  #count = 0
  readonly #takes: Takes

  /** @param takes is asked first about every error */
  constructor(takes: Takes = () => false) {
    this.#takes = takes
  }

  get notices(): Notice[] {
    return this.#notices
  }

  /** An arrow function, so that it can be passed to `.catch`. */
  readonly report = (error: unknown): void => {
    if (isAbort(error) || this.#takes(error)) return
    const { code, message } = toChatError(error)
    const text = errorText({ code, message })
    const notice = { id: ++this.#count, code, text, shownForMs: shownFor(code, text) }
    this.#notices = [...this.#notices.filter((other) => other.text !== text), notice].slice(-SHOWN_AT_ONCE)
  }

  dismiss(id: number): void {
    this.#notices = this.#notices.filter((notice) => notice.id !== id)
  }
}
