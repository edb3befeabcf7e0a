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

test.each([
  ['openai:http://127.0.0.1:4000/v1', ['api 9100', 'vllm 8000', 'dcgm 9400']],
  ['http://localhost:3000', ['api 9100', 'vllm 8000', 'dcgm 9400']],
  ['openai:http://127.0.0.1:8000', ['vllm 8000']],
  ['openai:http://elsewhere:4000/v1', ['vllm 4000']],
  ['http://elsewhere:4000', []],
])('without a page named, %s leads to %j', (url, pages) => {
  expect(wantedOf([], { url }).map((page) => `${page.name} ${page.url.port}`)).toEqual(pages)
})
