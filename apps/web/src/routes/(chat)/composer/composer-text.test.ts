import { Settings } from '#lib/settings/settings.ts'
import { beforeEach, expect, test, vi } from 'vitest'
import { ComposerText } from './composer-text.svelte.ts'

beforeEach(() => {
  const items = new Map<string, string>()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => items.set(key, value),
    removeItem: (key: string) => items.delete(key),
  })
})

test('a text that was not sent is a draft again, and takes nothing from what was typed since', () => {
  const composer = new ComposerText(new Settings())
  composer.belongTo('a')
  composer.takeBack('unsent', 'a')
  expect(composer.value).toBe('unsent')
  composer.value = 'typed since'
  composer.takeBack('unsent', 'a')
  expect(composer.value).toBe('unsent\n\ntyped since')
  composer.takeBack('for a new chat', undefined)
  expect(composer.value).toBe('unsent\n\ntyped since')
  composer.belongTo(undefined)
  expect(composer.value).toBe('for a new chat')
  composer.belongTo('a')
  expect(composer.value).toBe('unsent\n\ntyped since')
})
