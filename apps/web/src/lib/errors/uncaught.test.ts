import { expect, test } from 'vitest'
import { ErrorFunnel } from './error-funnel.svelte.ts'
import { reportUncaught } from './uncaught.ts'

const event = (type: string, detail: object) => Object.assign(new Event(type), detail)

test('what nobody caught becomes a notice with its words, until the page is left', () => {
  const page = new EventTarget()
  const errors = new ErrorFunnel()
  const end = reportUncaught(errors.report, page)
  page.dispatchEvent(event('error', { error: new TypeError('a is not a function') }))
  page.dispatchEvent(event('unhandledrejection', { reason: new Error('storage is full') }))
  page.dispatchEvent(event('unhandledrejection', { reason: Object.create(null) as unknown }))
  expect(errors.notices.map(({ code, text }) => [code, text])).toEqual([
    ['CLIENT_FAILED', 'Something broke on this side: a is not a function'],
    ['CLIENT_FAILED', 'Something broke on this side: storage is full'],
    ['CLIENT_FAILED', 'Something broke on this side: [object Object]'],
  ])
  end()
  page.dispatchEvent(event('error', { error: new Error('later') }))
  expect(errors.notices).toHaveLength(3)
})

test('an abort and an observer that came too late for its frame are no failures', () => {
  const page = new EventTarget()
  const errors = new ErrorFunnel()
  reportUncaught(errors.report, page)
  page.dispatchEvent(event('error', { error: null, message: 'ResizeObserver loop completed' }))
  page.dispatchEvent(event('unhandledrejection', { reason: new DOMException('left', 'AbortError') }))
  expect(errors.notices).toEqual([])
})
