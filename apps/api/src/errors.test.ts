import { readFileSync } from 'node:fs'
import { type ApiErrorCode, API_ERRORS } from '@slicechat/contract'
import { TRPCError } from '@trpc/server'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import { expect, test } from 'vitest'
import { CodedError } from './errors.ts'

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')

test('docs/errors.md says what the table says', () => {
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  expect(rows).toEqual(
    Object.entries(API_ERRORS).map(([code, { trpc, http, retryable, meaning }]) => [
      `\`${code}\``,
      `\`${trpc}\``,
      String(http),
      retryable ? 'yes' : 'no',
      meaning,
    ]),
  )
})

test.each(Object.entries(API_ERRORS))('%s has the HTTP status of its tRPC code', (code, { trpc, http }) => {
  expect(getHTTPStatusCodeFromError(new TRPCError({ code: trpc }))).toBe(http)
  const error = new CodedError(code as ApiErrorCode, 'sentence')
  expect(error.shape()).toEqual({ code, message: 'sentence', retryable: error.retryable })
})
