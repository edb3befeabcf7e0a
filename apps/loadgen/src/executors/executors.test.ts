import { expect, test } from 'vitest'
import { executor, executorTypeNamed, executorTypeOf } from './executors.ts'

test.each(executor.options)('a type is found by the name that its schema accepts', ({ shape }) => {
  const [name = ''] = shape.type.values
  expect(executorTypeNamed(name)).toMatchObject({ type: name })
  expect(executorTypeOf({ type: name } as never)).toBe(executorTypeNamed(name))
})

test('a name that is wrong has no type', () => {
  expect(executorTypeNamed('constant-users')).toBeUndefined()
})
