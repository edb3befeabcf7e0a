import { expect, test } from 'vitest'
import { shownAddress, shownUrl } from './shown-url.ts'

test.each([
  ['http://host:9100/metrics', 'http://host:9100/metrics'],
  ['http://me:s3cret@host/metrics?token=s3cret#s3cret', 'http://host/metrics?token=hidden'],
  ['http://host/metrics?s3cret', 'http://host/metrics?hidden'],
  [
    'http://host/federate?match[]=%7Bjob%3D%22a%22%7D&key=s3cret',
    'http://host/federate?match%5B%5D=%7Bjob%3D%22a%22%7D&key=hidden',
  ],
])('%s is stored as %s', (url, shown) => {
  expect(shownUrl(new URL(url))).toBe(shown)
})

test.each([
  ['vllm=htp://me:s3cret@host/metrics?token=s3cret', 'vllm=htp://hidden@host/metrics?hidden'],
  ['host#s3cret', 'host#hidden'],
  ['http://host/a', 'http://host/a'],
])('%s, mistyped, is said as %s', (text, shown) => {
  expect(shownAddress(text)).toBe(shown)
})
