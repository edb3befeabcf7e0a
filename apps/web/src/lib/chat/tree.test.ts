import { expect, test } from 'vitest'
import { selectPath } from './tree.ts'

interface Node {
  name: string
  parent: Node | null
}

const node = (name: string, parent: Node | null = null): Node => ({ name, parent })
const names = (nodes: Node[], chosen: Node[] = []) =>
  selectPath(nodes, chosen).map(({ node: { name }, siblings }) => `${name}/${siblings.length}`)

const q1 = node('q1')
const a1 = node('a1', q1)
const a2 = node('a2', q1)
const q2 = node('q2', a1)
const a3 = node('a3', q2)
const q1b = node('q1b')
const a4 = node('a4', q1b)

test('nothing is an empty path', () => expect(names([])).toEqual([]))

test('the branch with the newest message is shown', () => {
  expect(names([q1, a1])).toEqual(['q1/0', 'a1/0'])
  expect(names([q1, a1, a2])).toEqual(['q1/0', 'a2/2'])
  expect(names([q1, a1, a2, q2, a3])).toEqual(['q1/0', 'a1/2', 'q2/0', 'a3/0'])
  expect(names([q1, a1, a2, q2, a3, q1b, a4])).toEqual(['q1b/2', 'a4/0'])
})

test('a choice leads elsewhere, and from there to the newest below', () => {
  const all = [q1, a1, a2, q2, a3, q1b, a4]
  expect(names(all, [q1])).toEqual(['q1/2', 'a2/2'])
  expect(names(all, [q1, a1])).toEqual(['q1/2', 'a1/2', 'q2/0', 'a3/0'])
})

test('a choice that is gone counts for nothing', () => {
  expect(names([q1, a1], [a2])).toEqual(['q1/0', 'a1/0'])
})

test('a new message changes nothing about those before it', () => {
  const before = selectPath([q1, a1], [])
  const after = selectPath([q1, a1, q2], [])
  expect([after[0], after[1]]).toEqual([before[0], before[1]])
  expect(after[0]).toBe(before[0])
  expect(after[1]).toBe(before[1])
})

test('a conversation of thousands of messages is quick', () => {
  const nodes: Node[] = []
  for (let i = 0; i < 5_000; i++) nodes.push(node(String(i), nodes.at(-1) ?? null))
  const start = performance.now()
  expect(selectPath(nodes, [])).toHaveLength(5_000)
  expect(performance.now() - start).toBeLessThan(500)
})
