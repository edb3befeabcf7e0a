import { expect, test } from 'vitest'
import { belowBase, parseBasePath, withSlash } from './base-path.ts'

test.each([
  ['/chat', '/chat'],
  ['chat', '/chat'],
  ['/chat/', '/chat'],
  ['//chat//', '/chat'],
  ['/team-a/chat_2.0~x', '/team-a/chat_2.0~x'],
  ['/', ''],
  ['', ''],
  ['/charts', '/charts'],
])('%j is the base path %j', (text, base) => expect(parseBasePath(text)).toEqual({ base }))

test.each([
  ['https://host/chat', 'without scheme and host'],
  ['/chat?x=1', 'a path such as /chat'],
  ['/chat#x', 'a path such as /chat'],
  ['/a//b', 'between single slashes'],
  ['/a/../b', 'a path such as /chat'],
  ['/.', 'a path such as /chat'],
  ['/a b', 'a path such as /chat'],
  ['/ü', 'a path such as /chat'],
  ['/a%2Fb', 'a path such as /chat'],
  ['/trpc', '/trpc is a path of the page itself'],
  ['/runs/chat', '/runs is a path of the page itself'],
  ['/c', '/c is a path of the page itself'],
  ['/_app', '/_app is a path of the page itself'],
  ['/api', '/api is a path of the page itself'],
  ['/v1', '/v1 is a path of the page itself'],
  ['/admin/chat', '/admin is a path of the page itself'],
])('%j is none: %s', (text, problem) => {
  expect(parseBasePath(text)).toEqual({ problem: expect.stringContaining(problem) as string })
})

test.each([
  ['/chat/', '/'],
  ['/chat', '/'],
  ['/chat?q=1', '/?q=1'],
  ['/chat/trpc/a?b=/chat', '/trpc/a?b=/chat'],
  ['/chat/c/1', '/c/1'],
  ['/chatter', '/chatter'],
  // The proxy has removed the base path, or the request did not pass through the proxy.
  ['/', '/'],
  ['/c/1', '/c/1'],
  ['/trpc', '/trpc'],
  ['//host/chat', '//host/chat'],
  [undefined, '/'],
])('%j is below /chat as %j', (url, below) => {
  expect(belowBase(url, '/chat')).toBe(below)
  expect(belowBase(url, '')).toBe(url ?? '/')
})

test('the base itself is sent to its slash, and nothing else', () => {
  expect(withSlash('/chat', '/chat')).toBe('/chat/')
  expect(withSlash('/chat?q=1', '/chat')).toBe('/chat/?q=1')
  for (const url of ['/chat/', '/chatter', '/', '/c', undefined])
    expect(withSlash(url, '/chat')).toBeUndefined()
  expect(withSlash('/', '')).toBeUndefined()
})
