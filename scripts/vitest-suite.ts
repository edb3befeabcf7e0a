import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { styleText } from 'node:util'
import type { SuiteReport } from './suite-reporter.ts'

export interface SuiteResult extends SuiteReport {
  ok: boolean
}

/** Arguments that make vitest write JUnit XML of a project to the folder `JUNIT_FOLDER`, for a CI server. */
function junit(project: string): string[] {
  const folder = process.env.JUNIT_FOLDER
  if (!folder) return []
  return ['--reporter=junit', `--outputFile.junit=${join(folder, `${project.replace(/\W+$/, '')}.xml`)}`]
}

/**
 * Runs one of the projects of vitest.config.ts, and prints while it runs.
 * @param onStart receives the process, for callers that must be able to end it
 */
export async function runVitest(
  project: string,
  options: { arguments?: string[]; env?: NodeJS.ProcessEnv; onStart?: (child: ChildProcess) => void } = {},
): Promise<SuiteResult> {
  const vitest = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=default', `--reporter=${join(import.meta.dirname, 'suite-reporter.ts')}`]
  const child = spawn(
    process.execPath,
    [vitest, 'run', '--project', project, ...reporters, ...junit(project), ...(options.arguments ?? [])],
    { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env: { ...process.env, ...options.env } },
  )
  options.onStart?.(child)
  let report: SuiteReport = { passed: 0, failed: 0, skipped: 0, failures: [] }
  child.on('message', (message) => {
    report = message as SuiteReport
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  if (code !== 0 && report.failed === 0) {
    report.failed = 1
    report.failures.push(`${project}: vitest ended with ${signal ?? `exit code ${String(code)}`}`)
  }
  return { ok: code === 0, ...report }
}

/**
 * Prints the end of a log, so that its tail tells what failed: a line for each failure, then the counts of all suites.
 */
export function printClosing({ passed, failed, skipped, failures }: SuiteReport): void {
  // .ci/run looks for lines that begin with FAILED.
  for (const failure of failures) console.log(`${styleText('red', 'FAILED')} ${failure}`)
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
}
