import type { FinishReason, Message } from '@slicechat/contract'
import { expect, test } from 'vitest'
import { branch, toPrompt } from './history.ts'

const message = (id: string, parentId: string | null, role: Message['role'], content = id): Message => ({
  id,
  parentId,
  role,
  content,
  reasoning: '',
  createdAt: '2026-01-01T00:00:00.000Z',
})
const answer = (id: string, parentId: string, reason: FinishReason, content = id): Message => ({
  ...message(id, parentId, 'assistant', content),
  generation: { id, status: 'finished', seq: '1', model: 'm', reason, droppedMessages: 0 },
})

test('the branch is the way from the root to the leaf', () => {
  const tree = [
    message('q1', null, 'user'),
    answer('a1', 'q1', 'stop'),
    answer('a1b', 'q1', 'stop'),
    message('q2', 'a1b', 'user'),
    message('other', null, 'user'),
  ]
  expect(branch(tree, 'q2').map(({ id }) => id)).toEqual(['q1', 'a1b', 'q2'])
  expect(branch(tree, null)).toEqual([])
  expect(branch([message('a', 'b', 'user'), message('b', 'a', 'user')], 'a').length).toBe(2)
})

test('failed and empty answers are not fed back; neighbours of one role are joined', () => {
  const path = [
    message('q1', null, 'user'),
    answer('broken', 'q1', 'error'),
    message('q2', 'broken', 'user'),
    answer('cut', 'q2', 'interrupted'),
    message('q3', 'cut', 'user'),
    answer('stopped', 'q3', 'stopped'),
    message('q4', 'stopped', 'user'),
    answer('', 'q4', 'stop'),
  ]
  expect(toPrompt(path, 'be kind')).toEqual([
    { role: 'system', content: 'be kind' },
    { role: 'user', content: 'q1\n\nq2\n\nq3' },
    { role: 'assistant', content: 'stopped' },
    { role: 'user', content: 'q4' },
  ])
  expect(toPrompt(path.slice(0, 1), '')).toEqual([{ role: 'user', content: 'q1' }])
})
