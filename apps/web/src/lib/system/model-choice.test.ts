import { beforeEach, expect, test, vi } from 'vitest'
import { Settings } from '../settings/settings.ts'
import { ModelCatalog, type ModelsPort } from './model-catalog.svelte.ts'
import { ModelChoice } from './model-choice.svelte.ts'

const kept = new Map<string, string>()
beforeEach(() => {
  kept.clear()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  })
})

/** A choice among models; a star marks the default. `last` is the model of the newest answer. */
async function among(...ids: string[]) {
  const around: { ids: string[]; last?: string } = { ids }
  const list = () =>
    Promise.resolve(
      around.ids.map((id) => ({
        id: id.replace('*', ''),
        default: id.endsWith('*'),
        maxModelLen: null,
        simulated: false,
      })),
    )
  const catalog = new ModelCatalog({ api: { models: { list: { query: list } } } } as unknown as ModelsPort)
  await catalog.refresh()
  return { around, catalog, choice: new ModelChoice(catalog, () => around.last, new Settings()) }
}

test('a new conversation begins with the default, and then with what was picked for new ones', async () => {
  const { choice } = await among('a', 'b*', 'c')
  choice.belongTo(undefined)
  expect([choice.current?.id, choice.id]).toEqual(['b', 'b'])
  choice.pick('c')
  choice.belongTo('one')
  expect(choice.id).toBe('b')
  choice.belongTo(undefined)
  expect(choice.id).toBe('c')
  choice.pick('b')
  expect(kept.size).toBe(0)
})

test('a conversation keeps its model; a pick lasts through a reload until it is asked', async () => {
  const { around, catalog, choice } = await among('a', 'b*')
  around.last = 'a'
  choice.belongTo('one')
  expect(choice.id).toBe('a')
  choice.pick('b')
  const reloaded = new ModelChoice(catalog, () => around.last, new Settings())
  reloaded.belongTo('one')
  expect(reloaded.id).toBe('b')
  reloaded.asked()
  expect([reloaded.id, kept.size]).toEqual(['a', 0])
})

test('a model that is not offered any more gives way to the default, which is said', async () => {
  const { around, catalog, choice } = await among('a', 'b*')
  around.last = 'gone'
  choice.belongTo('one')
  expect([choice.id, choice.missing]).toEqual(['b', 'gone'])
  around.ids = ['a', 'b*', 'gone', 'a']
  await catalog.refresh()
  expect([choice.id, choice.missing, catalog.all.length]).toEqual(['gone', undefined, 3])
})

test('two Slicechats under paths of one host each begin with their own pick', async () => {
  const { catalog } = await among('a', 'b*', 'c')
  const at = (home?: string) => {
    const choice = new ModelChoice(catalog, () => undefined, new Settings(home))
    choice.belongTo(undefined)
    return choice
  }
  at('/one/').pick('a')
  at().pick('c')
  expect(['/one/', '/other/', undefined].map((home) => at(home).id)).toEqual(['a', 'b', 'c'])
})

test('with one model or none there is no choice to name', async () => {
  const one = await among('a*')
  one.choice.belongTo(undefined)
  expect([one.choice.id, one.choice.current?.id]).toEqual([undefined, 'a'])
  const none = await among()
  none.around.last = 'a'
  expect([none.choice.id, none.choice.current, none.choice.missing]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})
