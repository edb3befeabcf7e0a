import { MediaQuery } from 'svelte/reactivity'
import type { Setting } from './setting.ts'

/** The side panel: beside the page if there is room, otherwise a drawer over it. */
export class Panel {
  readonly #setting: Setting
  readonly #narrow = new MediaQuery('max-width: 48rem')
  #beside = $state(true)
  #drawer = $state(false)

  readonly open = $derived(this.#narrow.current ? this.#drawer : this.#beside)
  /** Whether the panel covers the page, which then must not take the focus. */
  readonly covering = $derived(this.#narrow.current && this.#drawer)

  constructor(setting: Setting) {
    this.#setting = setting
  }

  restore(): void {
    this.#beside = this.#setting.get() !== 'closed'
  }

  toggle(): void {
    if (this.#narrow.current) {
      this.#drawer = !this.#drawer
      return
    }
    this.#beside = !this.#beside
    this.#setting.set(this.#beside ? '' : 'closed')
  }

  close(): void {
    if (this.open) this.toggle()
  }

  leaveDrawer(): void {
    this.#drawer = false
  }
}
