// Everything that must hold before a change lands, in one command: types, lint, unit, integration, browser.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { styleText } from 'node:util'

interface Check {
  name: string
  command: string
  arguments: string[]
  cwd?: string
}

const scratch = mkdtempSync(join(tmpdir(), 'slicechat-test-'))
const report = (project: string): string => join(scratch, `${project}.json`)
const vitest = (project: string): Check => ({
  name: `${project} tests`,
  command: 'vitest',
  arguments: [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report(project)}`,
  ],
})

const checks: Check[] = [
  { name: 'types', command: 'tsc', arguments: ['--noEmit'] },
  { name: 'web build', command: 'node', arguments: ['scripts/build-web.ts'] },
  {
    name: 'web types',
    command: 'svelte-check',
    arguments: ['--fail-on-warnings', '--output', 'human'],
    cwd: 'apps/web',
  },
  { name: 'lint', command: 'eslint', arguments: ['.', '--max-warnings', '0'] },
  { name: 'format', command: 'prettier', arguments: ['--check', '--log-level', 'warn', '.'] },
  { name: 'unused code', command: 'knip', arguments: [] },
  vitest('unit'),
  vitest('e2e'),
]

function run({ command, arguments: args, cwd }: Check): Promise<boolean> {
  return new Promise((resolve) => {
    const path =
      cwd === undefined
        ? process.env.PATH
        : `${join(process.cwd(), cwd, 'node_modules/.bin')}:${process.env.PATH ?? ''}`
    const child = spawn(command, args, {
      cwd,
      stdio: 'inherit',
      shell: process.platform === 'win32',
      env: { ...process.env, PATH: path },
    })
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0))
  })
}

/** How many of a suite's tests passed and failed; a suite that wrote no report is one failure. */
function counts(project: string): { passed: number; failed: number; skipped: number } {
  try {
    const json = JSON.parse(readFileSync(report(project), 'utf8')) as Record<string, number>
    const files = (json as unknown as { testResults: { status: string; assertionResults: unknown[] }[] })
      .testResults
    const broken = files.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    )
    return {
      passed: json['numPassedTests'] ?? 0,
      failed: (json['numFailedTests'] ?? 0) + broken.length,
      skipped: (json['numPendingTests'] ?? 0) + (json['numTodoTests'] ?? 0),
    }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

const total = { passed: 0, failed: 0, skipped: 0 }
const failures: string[] = []
const began = performance.now()
for (const check of checks) {
  console.log(styleText('bold', `\n── ${check.name} ──`))
  const start = performance.now()
  const ok = await run(check)
  const project = check.command === 'vitest' ? (check.arguments[2] ?? '') : null
  const result = project === null ? { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 } : counts(project)
  // A suite can fail without a failed test: an unhandled rejection, a file that does not load.
  if (!ok && result.failed === 0) result.failed = 1
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += result[key]
  if (!ok) failures.push(check.name)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(
    ok
      ? styleText('green', `${check.name}: ok (${seconds} s)`)
      : styleText('red', `${check.name}: FAILED (${seconds} s)`),
  )
}
rmSync(scratch, { recursive: true, force: true })

if (failures.length > 0) console.log(styleText('red', `\nFailed: ${failures.join(', ')}`))
console.log(`\nAll checks took ${((performance.now() - began) / 1000).toFixed(0)} s.`)
console.log(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`,
)
process.exit(failures.length === 0 ? 0 : 1)
