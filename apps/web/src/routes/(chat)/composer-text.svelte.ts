import { recall, remember } from '#lib/storage.ts'

const nameFor = (conversationId: string | undefined) => `draft:${conversationId ?? 'new'}`

/** What is being typed. A draft belongs to its conversation, and outlives a reload. */
export class ComposerText {
  field: HTMLTextAreaElement | undefined = $state()
  #text = $state('')
  #draft: string | undefined

  get value(): string {
    return this.#text
  }

  set value(text: string) {
    this.#text = text
    if (this.#draft !== undefined) remember(this.#draft, text)
  }

  /** Changes to another conversation's draft; what was typed before the page was ready stays. */
  belongTo(conversationId: string | undefined): void {
    const first = this.#draft === undefined
    this.#draft = nameFor(conversationId)
    if (first && this.#text !== '') remember(this.#draft, this.#text)
    else this.#text = recall(this.#draft) ?? ''
  }

  /** The new conversation has got its id: what is typed meanwhile moves with it. */
  moveTo(conversationId: string): void {
    if (this.#draft !== undefined) remember(this.#draft, '')
    this.#draft = nameFor(conversationId)
    remember(this.#draft, this.#text)
  }

  /** A text that was not sent is a draft again, before what has been typed since. */
  takeBack(text: string, conversationId: string | undefined): void {
    const draft = nameFor(conversationId)
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

  /** On a phone, the focus would bring up a keyboard over half of the page. */
  focusWhereThereIsAKeyboard(): void {
    if (matchMedia('(hover: hover) and (pointer: fine)').matches) this.field?.focus({ preventScroll: true })
  }
}
