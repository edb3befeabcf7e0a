import { expect, test } from 'vitest'
import { returnPath } from './return-path.ts'

const ORIGIN = 'https://chat.example'

test.each([
  [null, '/', '/'],
  ['/c/1', '/', '/c/1'],
  ['/runs?q=x', '/', '/runs?q=x'],
  ['/chat/c/1', '/chat/', '/chat/c/1'],
  ['/', '/chat/', '/chat/'],
  ['/chatter', '/chat/', '/chat/'],
  ['/chat/../admin', '/chat/', '/chat/'],
  ['https://evil.example/', '/', '/'],
  ['//evil.example/', '/', '/'],
  ['/\\evil.example/', '/', '/'],
  ['/\t/evil.example/', '/', '/'],
  ['/\n/evil.example/', '/', '/'],
  ['javascript:alert(1)', '/', '/'],
  ['https://chat.example/c/1', '/', '/'],
  ['//chat.example:444/', '/', '/'],
])('%j below %j leads to %j', (wanted, basePath, path) => {
  expect(returnPath(wanted, basePath, ORIGIN)).toBe(path)
})
