import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { groups, promtoolCases } from './deploy/monitoring-files.ts'

const isInstalled = spawnSync('promtool', ['--version']).status === 0

// Printed beside the skipped tests, since a test runner need not say why it skipped.
if (!isInstalled)
  console.warn("promtool was not found: install Debian's package prometheus to test the rules.")

const folder = mkdtempSync(join(tmpdir(), 'promtool-rules-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ourRules = stringify({ groups })

/** Runs `promtool COMMAND rules` on the cases, or on the rules if no cases are given. */
function promtool(command: string, rules: string, cases?: string): { ok: boolean; output: string } {
  writeFileSync(join(folder, 'rules.yaml'), rules)
  if (cases !== undefined) writeFileSync(join(folder, 'cases.yaml'), cases)
  const file = cases === undefined ? 'rules.yaml' : 'cases.yaml'
  const run = spawnSync('promtool', [command, 'rules', file], { cwd: folder, encoding: 'utf8' })
  return { ok: run.status === 0, output: `${run.stdout}${run.stderr}` }
}

test.skipIf(!isInstalled)('Prometheus accepts the rules', () => {
  const checked = promtool('check', ourRules)
  expect(checked, checked.output).toMatchObject({ ok: true })
})

const spellings = [...promtoolCases].flatMap(([name, cases]) => {
  const respelled = cases.replaceAll('le="2"', 'le="2.0"')
  const both = respelled === cases || name === 'upgrade.yaml'
  return both
    ? [{ name, cases }]
    : [
        { name, cases },
        { name: `${name}, with le="2.0"`, cases: respelled },
      ]
})

test.skipIf(!isInstalled).each(spellings)('alerts fire when they must, and only then: $name', ({ cases }) => {
  const tested = promtool('test', ourRules, cases)
  expect(tested, tested.output).toMatchObject({ ok: true })
})

test.skipIf(!isInstalled)('rules that know one spelling fail the cases', () => {
  const oneSpelling = ourRules.replaceAll(/le=~(\\?")2[^"]*"/g, 'le=$12$1')
  expect(oneSpelling).not.toBe(ourRules)
  expect(promtool('check', oneSpelling)).toMatchObject({ ok: true })
  expect(promtool('test', oneSpelling, promtoolCases.get('upgrade.yaml'))).toMatchObject({ ok: false })
})
