import { toChatError } from '@slicechat/client'
import { sentenceFor } from './sentences.ts'

export interface Notice {
  id: number
  code: string
  text: string
}

const SHOWN_AT_ONCE = 3

function isAbort(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause.name === 'AbortError') return true
  return false
}

/** Where every failure ends that has no better place on the page. An abort is not one. */
export class ErrorFunnel {
  #notices = $state.raw<Notice[]>([])
  #count = 0

  get notices(): Notice[] {
    return this.#notices
  }

  /** An arrow, so that it can be handed to `.catch`. */
  readonly report = (error: unknown): void => {
    if (isAbort(error)) return
    const { code, message } = toChatError(error)
    const notice = { id: ++this.#count, code, text: sentenceFor({ code, message }) }
    this.#notices = [...this.#notices.filter(({ text }) => text !== notice.text), notice].slice(
      -SHOWN_AT_ONCE,
    )
  }

  dismiss(id: number): void {
    this.#notices = this.#notices.filter((notice) => notice.id !== id)
  }
}
