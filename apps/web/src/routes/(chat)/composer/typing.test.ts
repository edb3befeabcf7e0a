import { expect, test } from 'vitest'
import { sendsOn } from './typing.ts'

const press = (over: Partial<Parameters<typeof sendsOn>[0]> = {}) => ({
  key: 'Enter',
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  isComposing: false,
  keyCode: 13,
  ...over,
})

test('Enter sends, with Shift or Alt it does not', () => {
  expect(sendsOn(press(), false)).toBe(true)
  expect(sendsOn(press({ ctrlKey: true }), false)).toBe(true)
  expect(sendsOn(press({ shiftKey: true }), false)).toBe(false)
  expect(sendsOn(press({ altKey: true }), false)).toBe(false)
  expect(sendsOn(press({ key: 'a', keyCode: 65 }), false)).toBe(false)
})

test('never while an input method composes, in whichever way the browser says so', () => {
  expect(sendsOn(press({ isComposing: true }), false)).toBe(false)
  expect(sendsOn(press({ keyCode: 229 }), false)).toBe(false)
  expect(sendsOn(press(), true)).toBe(false)
})
