import { recall, remember } from '../storage.ts'
import { createContext } from 'svelte'
import { MediaQuery } from 'svelte/reactivity'

/** The side panel: beside the page if there is room, otherwise a drawer over it. */
export class Panel {
  readonly #narrow = new MediaQuery('max-width: 48rem')
  #beside = $state(true)
  #drawer = $state(false)

  readonly open = $derived(this.#narrow.current ? this.#drawer : this.#beside)
  /** Whether the panel covers the page, which then must not take the focus. */
  readonly covering = $derived(this.#narrow.current && this.#drawer)

  restore(): void {
    this.#beside = recall('panel') !== 'closed'
  }

  toggle(): void {
    if (this.#narrow.current) {
      this.#drawer = !this.#drawer
      return
    }
    this.#beside = !this.#beside
    remember('panel', this.#beside ? '' : 'closed')
  }

  close(): void {
    if (this.open) this.toggle()
  }

  leaveDrawer(): void {
    this.#drawer = false
  }
}

export const [usePanel, setPanel] = createContext<Panel>()
