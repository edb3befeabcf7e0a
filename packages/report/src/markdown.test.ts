import { expect, test } from 'vitest'
import { analyse } from '@slicechat/run/analysis'
import { aRun, aTally, withCount, worldOf } from '@slicechat/run/testing'
import { markdownOf } from './markdown.ts'

const fates = Array.from({ length: 3 }, () => ({
  client: 'succeeded',
  api: 'success' as const,
  engine: 'finished' as const,
  prompt: 20,
  made: 1_000,
  read: 1_000,
  untold: false,
}))
const summary = (run: ReturnType<typeof aRun>) => markdownOf(run, analyse(run))

test('the ledger is a table, with equal counts and no reasons', () => {
  expect(summary(worldOf(fates))).toContain('| Completion tokens | 3,000 | 3,000 | 3,000 |  |')
})

test('what is not explained stands out', () => {
  const text = summary(withCount(worldOf(fates), 'vllm:generation_tokens_total', null, -7))
  expect(text).toContain('**−7 unexplained**')
  expect(text).toContain('vLLM disagrees with the client and the API')
})

test('an empty run has a summary too, without empty tables', () => {
  const text = summary(aRun())
  expect(text).toContain('# Load test: test')
  for (const heading of ['## GPU', '## Errors', '## Like for like', '## Thresholds'])
    expect(text).not.toContain(heading)
})

test('text of servers cannot break a table', () => {
  const whole = aTally({
    started: 1,
    succeeded: 0,
    failed: 1,
    errors: [{ code: 'X', count: 1, example: 'a | b\nc `<img src=x>` \x1b[2J' }],
  })
  const text = summary(aRun({ whole }))
  expect(text).toContain('| `X` | 1 | ``a \\| b c `<img src=x>` \\u001b[2J`` |')
})

test('names and sentences with the words of others hold no markup', () => {
  const name = '<script>alert(1)</script> [link](http://evil) @everyone **bold** `code`\n# Heading'
  const text = summary(aRun({ name, cutShort: name, target: { ...aRun().target, url: name, model: name } }))
  const outside = text.replaceAll(/(`+)[^`].*?[^`]\1(?!`)/g, '')
  expect(outside).not.toMatch(/<script|(?<!\\)\[link|@everyone|(?<!\\)\*\*bold|^# Heading/m)
})

test('thresholds are shown with what was measured', () => {
  const thresholds = [
    { expression: 'ttft.p95 < 2s', value: 1_500, passed: true },
    { expression: 'errors.rate < 1%', value: 0.05, passed: false },
    { expression: 'e2e.p50 < 2s', value: null, passed: false },
  ]
  const text = summary(aRun({ thresholds }))
  expect(text).toContain('| `ttft.p95 < 2s` | 1.5 s | met |')
  expect(text).toContain('| `errors.rate < 1%` | 5% | **missed** |')
  expect(text).toContain('| `e2e.p50 < 2s` | nothing | **not judged** |')
})
