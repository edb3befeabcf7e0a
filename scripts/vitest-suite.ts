import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SuiteResult {
  ok: boolean
  passed: number
  failed: number
  skipped: number
}

interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { status: string; assertionResults: unknown[] }[]
}

function read(report: string): Omit<SuiteResult, 'ok'> {
  try {
    const json = JSON.parse(readFileSync(report, 'utf8')) as Report
    const unloaded = json.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    )
    return {
      passed: json.numPassedTests,
      failed: json.numFailedTests + unloaded.length,
      skipped: json.numPendingTests + json.numTodoTests,
    }
  } catch {
    // No report: the suite did not get to its end.
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

/** Arguments that leave JUnit's XML of a project in the folder that `JUNIT_FOLDER` names, for a CI server. */
function junit(project: string): string[] {
  const folder = process.env.JUNIT_FOLDER
  if (!folder) return []
  return ['--reporter=junit', `--outputFile.junit=${join(folder, `${project.replace(/\W+$/, '')}.xml`)}`]
}

/**
 * Runs one of the projects of vitest.config.ts, printing as it goes.
 * @param onStart gets the process, for whoever must be able to end it
 */
export async function runVitest(
  project: string,
  options: { arguments?: string[]; env?: NodeJS.ProcessEnv; onStart?: (child: ChildProcess) => void } = {},
): Promise<SuiteResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'slicechat-suite-'))
  const report = join(scratch, 'report.json')
  const vitest = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const child = spawn(
    process.execPath,
    [vitest, 'run', '--project', project, ...reporters, ...junit(project), ...(options.arguments ?? [])],
    { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env: { ...process.env, ...options.env } },
  )
  options.onStart?.(child)
  const [code] = (await once(child, 'exit')) as [number | null]
  const counts = read(report)
  rmSync(scratch, { recursive: true, force: true })
  // A suite can fail without a failed test: an unhandled rejection, for one.
  if (code !== 0 && counts.failed === 0) counts.failed = 1
  return { ok: code === 0, ...counts }
}

/** The closing line over all suites. */
export function closingLine({ passed, failed, skipped }: Omit<SuiteResult, 'ok'>): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
