import { expect, test } from 'vitest'
import { BranchMemory } from './branch-memory.ts'

function setUp(text = '') {
  const kept = { text }
  const memory = new BranchMemory({
    get: () => (kept.text === '' ? undefined : kept.text),
    set: (changed) => (kept.text = changed),
  })
  return { memory, kept }
}

test('a conversation keeps its last branch, until the newest one is shown again', () => {
  const { memory, kept } = setUp()
  memory.set('a', '1')
  memory.set('b', '2')
  memory.set('a', '3')
  expect(['a', 'b', 'c'].map((id) => memory.get(id))).toEqual(['3', '2', undefined])
  memory.set('a', undefined)
  memory.set('b', undefined)
  expect(kept.text).toBe('')
})

test('of very many conversations, those chosen last are kept', () => {
  const { memory } = setUp()
  for (let index = 0; index < 150; index++) memory.set(`c${index}`, `m${index}`)
  memory.set('c60', 'again')
  memory.set('new', 'm')
  expect(['c50', 'c51', 'c60', 'c149', 'new'].map((id) => memory.get(id))).toEqual([
    undefined,
    'm51',
    'again',
    'm149',
    'm',
  ])
})

test('a text that something else wrote there is no branch', () => {
  const { memory, kept } = setUp('{"a": 1}')
  expect(memory.get('a')).toBeUndefined()
  memory.set('a', '1')
  expect(memory.get('a')).toBe('1')
  expect(kept.text).toContain('a:1')
})
