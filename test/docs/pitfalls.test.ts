import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checks } from '../../deploy/doctor/checks/checks.ts'

const page = readFileSync('docs/pitfalls.md', 'utf8')

test('docs/pitfalls.md has every check of the doctor with its symptom, cause and fix, in the same words and order', () => {
  const sections = [...page.matchAll(/^### (\S+)\n\n((?:- .*\n)+)/gm)].map(([, id, items = '']) => [
    id,
    ...[...items.matchAll(/^- \*\*([^*]+)\*\*: (.*)$/gm)].map(([, name, words]) => `${name}: ${words}`),
  ])
  expect(sections).toEqual(
    checks.map(({ id, symptom, cause, fix, live }) => [
      id,
      `Symptom: ${symptom}`,
      `Cause: ${cause}`,
      `Fix: ${fix}`,
      `Seen in: ${live ? 'a running cluster' : 'manifests'}`,
    ]),
  )
})

test('every link of the page leads to one of its checks', () => {
  const ids = checks.map(({ id }) => id)
  const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor)
  expect(links.length).toBeGreaterThan(0)
  for (const link of links) expect(ids).toContain(link)
})
