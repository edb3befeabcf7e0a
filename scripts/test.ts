// Runs everything that must hold before a change lands: types, lint, unit, integration and browser tests.
import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { stripVTControlCharacters, styleText } from 'node:util'
import { PostgresServer } from '../apps/api/src/testing/postgres-server.ts'
import { printClosing, runVitest, type SuiteResult } from './vitest-suite.ts'

interface Check {
  name: string
  /** @returns the result, and the output to print; none for a check that prints while it runs */
  run: () => Promise<SuiteResult & { output?: string }>
}

/** The first line of a tool's output that complains, with its neighbours, one of which can be the file's name. */
function firstComplaint(output: string): string {
  const lines = stripVTControlCharacters(output).split('\n')
  const filled = lines.map((line) => line.trim()).filter((line) => line !== '')
  const found = filled.findIndex((line) => /error|warn|unused/i.test(line))
  return filled
    .slice(Math.max(0, found - 1), Math.max(0, found) + 2)
    .join(' | ')
    .slice(0, 400)
}

/** A command that passes or fails as a whole. */
function command(name: string, program: string, args: string[], folder = '.'): Check {
  const run: Check['run'] = async () => {
    const path = [join(process.cwd(), folder, 'node_modules/.bin'), process.env.PATH].join(delimiter)
    const child = spawn(program, args, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      env: { ...process.env, PATH: path, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) },
    })
    // Checks have a lower priority than the tests that run beside them: something that answers slowly can look broken.
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
    const ended = new Promise<boolean>((resolve) => {
      child.once('error', () => resolve(false))
      child.once('close', (code) => resolve(code === 0))
    })
    const [ok, ...printed] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
    const output = printed.join('')
    const failures = ok ? [] : [`${name}: ${firstComplaint(output)}`]
    return { ok, passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, failures, output }
  }
  return { name, run }
}

const suite = (name: string, project: string): Check => ({ name, run: () => runVitest(project) })

const total: SuiteResult = { ok: true, passed: 0, failed: 0, skipped: 0, failures: [] }
const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1)
const began = performance.now()
const heading = (name: string): void => console.log(styleText('bold', `\n── ${name} ──`))

/** Runs checks one after the other. @returns a function that prints their results */
async function inTurn(checks: readonly Check[]): Promise<() => void> {
  const verdicts: (() => void)[] = []
  for (const { name, run } of checks) {
    const start = performance.now()
    const { output, ...result } = await run()
    const took = seconds(start)
    for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += result[key]
    total.failures.push(...result.failures)
    total.ok &&= result.ok
    verdicts.push(() => {
      if (output !== undefined) heading(name)
      if (output) console.log(output.trimEnd())
      const verdict = result.ok ? styleText('green', 'ok') : styleText('red', 'FAILED')
      console.log(`${name}: ${verdict} (${took} s)`)
    })
  }
  return () => {
    for (const print of verdicts) print()
  }
}

// The web app is built first: files that its checks and tests read must not change meanwhile.
const printBuild = await inTurn([command('web build', 'node', ['scripts/build-web.ts'])])
printBuild()
// CI runs all tests with PostgreSQL as a suite of their own.
const isWithPostgres = !process.argv.includes('--without-postgres')
const hasPostgres = Boolean(process.env.TEST_DATABASE_URL) || PostgresServer.isInstalled()
// The checks have a lower priority: they get what the tests, which often wait, leave of the cores.
heading('unit tests, then e2e tests (static checks run meanwhile)')
const unit = inTurn([suite('unit tests', 'unit*')])
const lanes = await Promise.all([
  (async () => {
    const printUnit = await unit
    const printE2e = await inTurn([suite('e2e tests', 'e2e')])
    return () => (printUnit(), printE2e())
  })(),
  (async () => {
    const printChecks = await inTurn([
      command('lint and types', 'oxlint', []),
      command('web lint', 'eslint', ['apps/web', '--max-warnings', '0']),
      command('web types', 'svelte-check', ['--fail-on-warnings', '--output', 'human'], 'apps/web'),
      command('format', 'prettier', ['--check', '--log-level', 'warn', '.']),
      command('unused code', 'knip', []),
    ])
    // They use the programs that the unit tests have bundled.
    await unit
    const printPostgres = await inTurn(
      isWithPostgres && hasPostgres ? [suite('tests with PostgreSQL', 'postgres')] : [],
    )
    return () => (printChecks(), printPostgres())
  })(),
])
for (const print of lanes) print()
heading('e2e tests that judge times')
const printTimed = await inTurn([suite('timed e2e tests', 'e2e-timed')])
printTimed()

if (isWithPostgres && !hasPostgres)
  console.log(
    '\nTests with PostgreSQL were skipped: PostgreSQL is not installed, and TEST_DATABASE_URL names no server.',
  )
console.log(`\nAll checks took ${seconds(began)} s.`)
printClosing(total)
process.exit(total.ok ? 0 : 1)
