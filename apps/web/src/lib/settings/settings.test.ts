import { afterEach, expect, test, vi } from 'vitest'
import { Settings } from './settings.ts'

afterEach(() => vi.unstubAllGlobals())

test('each setting has its place in the storage, and an instance below a path its own', () => {
  const kept: Record<string, string> = {}
  vi.stubGlobal('localStorage', { setItem: (key: string, text: string) => (kept[key] = text) })
  for (const path of ['/', '/other/']) {
    const settings = new Settings(path)
    settings.theme.set('dark')
    settings.panel.set('closed')
    for (const id of [undefined, 'c1']) {
      settings.draft(id).set('half a thought')
      settings.model(id).set('org/model')
    }
  }
  expect(Object.keys(kept)).toEqual([
    'slicechat:theme',
    'slicechat:panel',
    'slicechat:draft:new',
    'slicechat:model',
    'slicechat:draft:c1',
    'slicechat:model:c1',
    'slicechat:draft:/other/new',
    'slicechat:model:/other/',
    'slicechat:draft:/other/c1',
  ])
})

test('a browser that keeps nothing breaks nothing', () => {
  vi.stubGlobal('localStorage', {
    getItem: () => {
      throw new Error('denied')
    },
    setItem: () => {
      throw new Error('denied')
    },
  })
  const { theme } = new Settings()
  theme.set('dark')
  expect(theme.get()).toBeUndefined()
})
