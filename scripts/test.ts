// Everything that must hold before a change lands, in one command: types, lint, unit, integration, browser.
import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { styleText } from 'node:util'
import { closingLine, runVitest, type SuiteResult } from './vitest-suite.ts'

interface Check {
  name: string
  run: () => Promise<SuiteResult>
}

/** A command that passes or fails as a whole. */
function command(name: string, program: string, args: string[], folder = '.'): Check {
  const run = (): Promise<SuiteResult> =>
    new Promise((resolve) => {
      const done = (ok: boolean): void => resolve({ ok, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 })
      const path = [join(process.cwd(), folder, 'node_modules/.bin'), process.env.PATH].join(delimiter)
      const child = spawn(program, args, {
        cwd: folder,
        stdio: 'inherit',
        shell: process.platform === 'win32',
        env: { ...process.env, PATH: path },
      })
      child.once('error', () => done(false))
      child.once('exit', (code) => done(code === 0))
    })
  return { name, run }
}

const suite = (project: string): Check => ({ name: `${project} tests`, run: () => runVitest(project) })

const checks: Check[] = [
  command('types', 'tsc', ['--noEmit']),
  command('web build', 'node', ['scripts/build-web.ts']),
  command('web types', 'svelte-check', ['--fail-on-warnings', '--output', 'human'], 'apps/web'),
  command('lint', 'eslint', ['.', '--max-warnings', '0']),
  command('format', 'prettier', ['--check', '--log-level', 'warn', '.']),
  command('unused code', 'knip', []),
  suite('unit'),
  suite('e2e'),
]

const total = { passed: 0, failed: 0, skipped: 0 }
const failures: string[] = []
const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1)
const began = performance.now()
for (const { name, run } of checks) {
  console.log(styleText('bold', `\n── ${name} ──`))
  const start = performance.now()
  const result = await run()
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += result[key]
  if (!result.ok) failures.push(name)
  const verdict = result.ok ? styleText('green', 'ok') : styleText('red', 'FAILED')
  console.log(`${name}: ${verdict} (${seconds(start)} s)`)
}

if (failures.length > 0) console.log(styleText('red', `\nFailed: ${failures.join(', ')}`))
console.log(`\nAll checks took ${seconds(began)} s.`)
console.log(closingLine(total))
process.exit(failures.length === 0 ? 0 : 1)
