import { expect, test } from 'vitest'
import { prometheusOf } from './prometheus-flags.ts'

const none = {
  prometheus: undefined,
  'prometheus-match': [],
  'prometheus-header': [],
  'prometheus-bearer-file': undefined,
}

test.each([
  { 'prometheus-match': ['namespace="chat"'] },
  { 'prometheus-header': ['X-Scope-OrgID=team'] },
  { 'prometheus-bearer-file': 'token' },
])('%j without a server is a mistake, since nothing would come of it', (given) => {
  expect(prometheusOf(none, {})).toBeUndefined()
  expect(() => prometheusOf({ ...none, ...given }, {})).toThrow(`--${Object.keys(given).join()}`)
})
