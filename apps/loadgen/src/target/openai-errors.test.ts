import { expect, test } from 'vitest'
import { refusalOf } from './openai-errors.ts'

test.each([
  ['{"error":{"message":"Too long.","code":400}}', 'Too long.'],
  ['{"error":"Too long."}', 'Too long.'],
  ['{"detail":"Not Found"}', 'Not Found'],
  // FastAPI's own validation, before any model is asked.
  ['{"detail":[{"loc":["body"],"msg":"Field required"}]}', '[{"loc":["body"],"msg":"Field required"}]'],
  ['{"error":{"message":{"text":"odd"}}}', '{"text":"odd"}'],
  ['{"error":null}', '{"error":null}'],
  ['null', 'null'],
  ['', ''],
  ['<h1>Bad Gateway</h1>', '<h1>Bad Gateway</h1>'],
])('of a refusal %j a text is told', (body, message) => {
  expect(refusalOf(502, body)).toEqual({ code: 'HTTP_502', message })
})
