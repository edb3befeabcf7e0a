import { expect, test } from 'vitest'
import { certificatesOf } from './ca-flag.ts'
import { requestOf } from './request-flags.ts'
import { targetFlags } from './target-flags.ts'
import { UsageProblem } from '../problems/usage-problem.ts'

const problemsOf = (header: string[], body: string[] = []): readonly string[] => {
  try {
    requestOf({ header, body })
  } catch (error) {
    if (error instanceof UsageProblem) return error.problems
    throw error
  }
  return []
}

test('headers and keys of the body are read', () => {
  expect(
    requestOf({
      header: ['X-Team=chat', 'Cookie = a=b; c=d '],
      body: ['chat_template_kwargs={"enable_thinking":false}', 'top_k=40', 'user="me"', 'stop=null'],
    }),
  ).toEqual({
    headers: { 'x-team': 'chat', cookie: 'a=b; c=d' },
    body: { chat_template_kwargs: { enable_thinking: false }, top_k: 40, user: 'me', stop: null },
  })
})

test.each<[string, string]>([
  ['Content-Length=5', "--header Content-Length: is the connection's own"],
  ['Transfer-Encoding=chunked', "--header Transfer-Encoding: is the connection's own"],
  ['connection=close', "--header connection: is the connection's own"],
  ['Host=other', "--header Host: is the connection's own: name the host in --target"],
  ['Sec-WebSocket-Key=x', "--header Sec-WebSocket-Key: is the connection's own"],
  ['Content-Type=text/plain', '--header Content-Type: is set by the load tester'],
  ['x=se\r\ncret: 1', '--header x: its value has to be visible characters'],
  ['x=se\0cret', '--header x: its value has to be visible characters'],
  ['x=se→cret', '--header x: its value has to be visible characters'],
  ['x=', '--header x: its value has to be visible characters'],
  ['a b=secret', '--header a b: is no name of a header'],
  ['=secret', '--header : is no name of a header'],
  ['Authorization: secret', '--header: is not NAME=VALUE, such as X-Team=chat'],
])('--header %j is refused, and its value is not repeated', (text, message) => {
  const [problem, ...others] = problemsOf([text])
  expect(problem).toContain(message)
  expect(problem).not.toMatch(/secret|cret/)
  expect(others).toEqual([])
})

test.each<[string, string]>([
  ['stream=false', '--body stream: is set by the load tester'],
  ['messages=[]', '--body messages: is set by the load tester'],
  ['model="x"', '--body model: is set by --model'],
  ['max_tokens=5', 'conversation.answer'],
  ['temperature=0', 'conversation.temperature'],
  ['n=2', 'a request is one answer'],
  ['user=me', `its value is no JSON; a text stands in quotes: --body 'user="text"'`],
  ['top_k', 'is not KEY=JSON'],
  ['=5', 'is not KEY=JSON'],
])('--body %s is refused', (text, message) => {
  expect(problemsOf([], [text])).toEqual([expect.stringContaining(message)])
})

test('what is given twice, and all that is wrong at once', () => {
  expect(problemsOf(['X-A=1', 'x-a=2', 'te=x'], ['a=1', 'a=2'])).toEqual([
    '--header x-a: given twice',
    "--header te: is the connection's own",
    '--body a: given twice',
  ])
})

test('flags whose values are secret say so', () => {
  const secret = Object.entries(targetFlags).flatMap(([name, one]) => ('secret' in one ? [name] : []))
  expect(secret).toEqual(['api-key', 'header'])
})

test.each([
  ['/no/such.pem', 'cannot be read (ENOENT)'],
  [import.meta.filename, 'holds no certificate in PEM'],
])('--ca %s is refused', (file, message) => {
  expect(() => certificatesOf(file)).toThrow(message)
})
