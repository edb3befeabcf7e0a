import { expect, test } from 'vitest'
import { wantedOf } from './witness-flags.ts'

test('a page is named once, and read once', () => {
  const pages = ['api=http://a:9100/metrics', 'pod2=http://b:9100/metrics']
  expect(wantedOf(pages, undefined).map(({ name }) => name)).toEqual(['api', 'pod2'])
  expect(() => wantedOf([...pages, 'api=http://c/metrics'], undefined)).toThrow('api is named twice')
  expect(() => wantedOf([...pages, 'copy=http://a:9100/metrics'], undefined)).toThrow(
    'api and copy are the same page',
  )
})
