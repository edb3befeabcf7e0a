import { stripVTControlCharacters } from 'node:util'
import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from 'vitest/node'

export interface SuiteReport {
  passed: number
  failed: number
  skipped: number
  /** One line per failure: file > test, then the first line of its error. */
  failures: string[]
}

const MAX_LENGTH = 400

/** The first line of an error, without control characters of terminals. */
function firstLine(error: SerializedError | undefined): string {
  const line =
    stripVTControlCharacters(error?.stack ?? error?.message ?? 'no error given').split('\n', 1)[0] ?? ''
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line
}

const nameOf = (task: TestCase | TestSuite): string => `${task.module.relativeModuleId} > ${task.fullName}`

/**
 * Sends a SuiteReport to the process that started vitest. Unlike vitest's JSON, it contains failures outside of tests:
 * in hooks, files that do not load, unhandled rejections.
 */
export default class SuiteReporter implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): Promise<void> {
    const report: SuiteReport = { passed: 0, failed: 0, skipped: 0, failures: [] }
    const fail = (name: string, error: SerializedError | undefined): void => {
      report.failed += 1
      report.failures.push(`${name}: ${firstLine(error)}`)
    }
    for (const module of modules) {
      for (const error of module.errors()) fail(module.relativeModuleId, error)
      // A worker that died leaves its file unfinished.
      if (module.state() === 'pending' || module.state() === 'queued')
        fail(module.relativeModuleId, { message: 'did not get to its end' })
      for (const suite of module.children.allSuites())
        for (const error of suite.errors()) fail(nameOf(suite), error)
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result()
        if (state === 'failed') fail(nameOf(test), errors[0])
        else if (state === 'passed') report.passed += 1
        else if (state === 'skipped') report.skipped += 1
      }
    }
    for (const error of unhandled) fail('outside of any test', error)
    await new Promise((sent) => process.send?.(report, sent))
  }
}
