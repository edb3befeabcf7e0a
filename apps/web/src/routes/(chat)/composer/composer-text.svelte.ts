import type { Setting } from '#lib/settings/setting.ts'
import type { Settings } from '#lib/settings/settings.ts'

/** The text that is being typed. A draft belongs to its conversation, and outlives a reload. */
export class ComposerText {
  field: HTMLTextAreaElement | undefined = $state()
  #text = $state('')
  readonly #settings: Settings
  /** `undefined` for a new conversation, `null` before the page knows which one it shows. */
  #conversationId: string | undefined | null = null

  constructor(settings: Settings) {
    this.#settings = settings
  }

  get #draft(): Setting | undefined {
    return this.#conversationId === null ? undefined : this.#settings.draft(this.#conversationId)
  }

  get value(): string {
    return this.#text
  }

  set value(text: string) {
    this.#text = text
    this.#draft?.set(text)
  }

  /** Switches to the draft of another conversation. Text that was typed before the page was ready stays. */
  belongTo(conversationId: string | undefined): void {
    const isFirst = this.#conversationId === null
    this.#conversationId = conversationId
    if (isFirst && this.#text !== '') this.#draft?.set(this.#text)
    else this.#text = this.#draft?.get() ?? ''
  }

  /** Called when a new conversation has got its id: text that was typed meanwhile moves with it. */
  moveTo(conversationId: string): void {
    this.#draft?.set('')
    this.#conversationId = conversationId
    this.#draft?.set(this.#text)
  }

  /** Makes a text that was not sent a draft again, in front of what has been typed since. */
  takeBack(text: string, conversationId: string | undefined): void {
    const draft = this.#settings.draft(conversationId)
    const isShown = this.#conversationId === conversationId
    const since = isShown ? this.#text : (draft.get() ?? '')
    const whole = since === '' ? text : `${text}\n\n${since}`
    if (isShown) this.value = whole
    else draft.set(whole)
  }

  fill(text: string): void {
    this.value = text
    this.field?.focus()
  }

  /** Focuses the field, except on a phone, where this would bring up a keyboard over half of the page. */
  focusWhereThereIsAKeyboard(): void {
    if (matchMedia('(hover: hover) and (pointer: fine)').matches) this.field?.focus({ preventScroll: true })
  }
}
