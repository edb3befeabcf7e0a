import { recall, remember } from '../storage.ts'

export type ThemeChoice = 'system' | 'light' | 'dark'

const choices: ThemeChoice[] = ['system', 'light', 'dark']

/** Light, dark, or as the system is set. `app.html` applies the remembered choice before the first paint. */
export class Theme {
  #choice = $state<ThemeChoice>('system')

  get choice(): ThemeChoice {
    return this.#choice
  }

  restore(): void {
    const remembered = recall('theme')
    this.#choice = choices.find((choice) => choice === remembered) ?? 'system'
  }

  next(): void {
    const index = choices.indexOf(this.#choice)
    this.#choice = choices[(index + 1) % choices.length] ?? 'system'
    remember('theme', this.#choice === 'system' ? '' : this.#choice)
    if (this.#choice === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = this.#choice
  }
}
