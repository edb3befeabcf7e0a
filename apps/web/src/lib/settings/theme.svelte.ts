import type { Setting } from './setting.ts'

export type ThemeChoice = 'system' | 'light' | 'dark'

const choices: ThemeChoice[] = ['system', 'light', 'dark']

/** Light, dark, or as the system is set. `app.html` applies the remembered choice before the first paint. */
export class Theme {
  readonly #setting: Setting
  #choice = $state<ThemeChoice>('system')

  constructor(setting: Setting) {
    this.#setting = setting
  }

  get choice(): ThemeChoice {
    return this.#choice
  }

  restore(): void {
    const kept = this.#setting.get()
    this.#choice = choices.find((choice) => choice === kept) ?? 'system'
  }

  next(): void {
    const index = choices.indexOf(this.#choice)
    this.#choice = choices[(index + 1) % choices.length] ?? 'system'
    this.#setting.set(this.#choice === 'system' ? '' : this.#choice)
    if (this.#choice === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = this.#choice
  }
}
