import { expect, test } from 'vitest'
import { proxyVariable } from '../env.ts'
import { noteProxies } from './proxy-note.ts'

const proxy = 'http://proxy:3128'

test.each<[string, Record<string, string>, string | undefined]>([
  ['http://chat.example', {}, undefined],
  ['http://chat.example', { HTTP_PROXY: proxy }, 'HTTP_PROXY'],
  ['http://chat.example', { http_proxy: proxy, HTTP_PROXY: 'other' }, 'http_proxy'],
  ['https://chat.example', { HTTP_PROXY: proxy }, undefined],
  ['https://chat.example', { HTTPS_PROXY: proxy }, 'HTTPS_PROXY'],
  ['https://chat.example', { ALL_PROXY: proxy }, 'ALL_PROXY'],
  ['http://chat.example', { HTTP_PROXY: '' }, undefined],
  ['http://chat.example', { HTTP_PROXY: proxy, NO_PROXY: 'example' }, undefined],
  ['http://chat.example', { HTTP_PROXY: proxy, no_proxy: 'a, .chat.example' }, undefined],
  ['http://chat.example', { HTTP_PROXY: proxy, NO_PROXY: '*' }, undefined],
  ['http://chat.example', { HTTP_PROXY: proxy, NO_PROXY: 'at.example' }, 'HTTP_PROXY'],
  ['http://chat.example:81', { HTTP_PROXY: proxy, NO_PROXY: 'chat.example:80' }, 'HTTP_PROXY'],
  ['http://chat.example:81', { HTTP_PROXY: proxy, NO_PROXY: 'chat.example:81' }, undefined],
])('for %s with %j the proxy is that of %s', (url, environment, name) => {
  expect(proxyVariable(new URL(url), environment)).toBe(name)
})

test('it is said once, with every host', () => {
  const said: string[] = []
  const variableOf = ({ hostname }: URL) => (hostname === 'c' ? undefined : 'HTTP_PROXY')
  noteProxies(
    ['openai:http://a:1/v1', 'http://b', undefined, 'http://c'],
    (text) => said.push(text),
    variableOf,
  )
  expect(said).toEqual([
    'HTTP_PROXY: set, and not used; the load tester asks a,b straight. NO_PROXY=a,b ends this note.',
  ])
  noteProxies(['http://c'], (text) => said.push(text), variableOf)
  expect(said).toHaveLength(1)
})
