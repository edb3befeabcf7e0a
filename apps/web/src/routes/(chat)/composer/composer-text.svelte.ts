import { recall, remember } from '#lib/storage.ts'

/** The text that is being typed. A draft belongs to its conversation, and outlives a reload. */
export class ComposerText {
  field: HTMLTextAreaElement | undefined = $state()
  #text = $state('')
  #draft: string | undefined
  readonly #home: string

  /**
   * @param home the page's path on its host: other sites there, such as another Slicechat, share the browser's storage
   */
  constructor(home = '/') {
    this.#home = home
  }

  get value(): string {
    return this.#text
  }

  set value(text: string) {
    this.#text = text
    if (this.#draft !== undefined) remember(this.#draft, text)
  }

  /** Switches to the draft of another conversation. Text that was typed before the page was ready stays. */
  belongTo(conversationId: string | undefined): void {
    const first = this.#draft === undefined
    this.#draft = this.#nameFor(conversationId)
    if (first && this.#text !== '') remember(this.#draft, this.#text)
    else this.#text = recall(this.#draft) ?? ''
  }

  /** Called when a new conversation has got its id: text that was typed meanwhile moves with it. */
  moveTo(conversationId: string): void {
    if (this.#draft !== undefined) remember(this.#draft, '')
    this.#draft = this.#nameFor(conversationId)
    remember(this.#draft, this.#text)
  }

  /** Makes a text that was not sent a draft again, in front of what has been typed since. */
  takeBack(text: string, conversationId: string | undefined): void {
    const draft = this.#nameFor(conversationId)
    const isShown = this.#draft === draft
    const since = isShown ? this.#text : (recall(draft) ?? '')
    const whole = since === '' ? text : `${text}\n\n${since}`
    if (isShown) this.value = whole
    else remember(draft, whole)
  }

  fill(text: string): void {
    this.value = text
    this.field?.focus()
  }

  /** Focuses the field, except on a phone, where this would bring up a keyboard over half of the page. */
  focusWhereThereIsAKeyboard(): void {
    if (matchMedia('(hover: hover) and (pointer: fine)').matches) this.field?.focus({ preventScroll: true })
  }

  #nameFor(conversationId: string | undefined): string {
    const place = this.#home === '/' ? '' : this.#home
    return `draft:${place}${conversationId ?? 'new'}`
  }
}
