import { readErrorBody } from '@slicechat/model-server'
import { expect, test } from 'vitest'
import { refusalOf } from './openai-errors.ts'

test.each([
  ['{"error":{"message":"Too long.","code":400}}', 'Too long.'],
  ['{"error":"Too long."}', 'Too long.'],
  ['{"detail":"Not Found"}', 'Not Found'],
  // FastAPI's own validation error, raised before any model is asked.
  ['{"detail":[{"loc":["body"],"msg":"Field required"}]}', 'Field required'],
  [
    '{"detail":[{"loc":["body","stream_options","x"],"msg":"Extra inputs are not permitted","input":"prompt"}]}',
    'stream_options.x: Extra inputs are not permitted',
  ],
  ['{"object":"error","message":"Too long.","code":400}', 'Too long.'],
  ['{"error":{"object":"error","message":"Too long."}}', 'Too long.'],
  ['[{"error":{"message":"Too long."}}]', 'Too long.'],
  ['{"error":{"message":{"text":"odd"}}}', '{"text":"odd"}'],
  ['{"error":null}', '{"error":null}'],
  ['null', 'null'],
  ['', ''],
  ['<h1>Bad Gateway</h1>', 'a web page: “Bad Gateway”'],
  ['<html>', 'a web page'],
  ['upstream connect error', 'upstream connect error'],
])('of a refusal %j a text is told', (body, message) => {
  expect(refusalOf(readErrorBody(body, 502), body)).toEqual({ code: 'HTTP_502', message })
})
