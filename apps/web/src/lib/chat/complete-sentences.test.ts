import { expect, test } from 'vitest'
import { takeSentences } from './complete-sentences.ts'

test('only complete sentences are taken', () => {
  expect(takeSentences('One. Two is not')).toEqual({ sentences: 'One.', rest: ' Two is not' })
  expect(takeSentences('Pi is 3.14')).toEqual({ sentences: '', rest: 'Pi is 3.14' })
  expect(takeSentences('你好。再见')).toEqual({ sentences: '你好。', rest: '再见' })
  expect(takeSentences('“Why?” he')).toEqual({ sentences: '', rest: '“Why?” he' })
})

test('signs that only format are not read out', () => {
  expect(takeSentences('## Title\n- **bold** and `code`\n[link](https://a.example)\n').sentences).toBe(
    'Title bold and code link',
  )
})
