import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseRun, type Run } from '@slicechat/run'
import { analyse, type Ledger, type LedgerRow, type Quantity } from '@slicechat/run/analysis'
import { expect } from 'vitest'
import { type Outcome, startLoadgen } from './loadgen.ts'

/** The result of `loadgen run`. */
export interface LoadRun extends Outcome {
  readonly run: Run
  readonly ledger: Ledger
  readonly row: (quantity: Quantity) => LedgerRow
  /** The result in words, for messages of failed expectations. */
  readonly told: string
}

/**
 * Runs the load tester, or a bundle of it, with these arguments, and reads the run that it wrote.
 * @throws with the load tester's output if it wrote no run
 */
export async function loadRun(args: readonly string[], main?: string): Promise<LoadRun> {
  const folder = await mkdtemp(join(tmpdir(), 'slicechat-load-'))
  try {
    const out = join(folder, 'run')
    const outcome = await startLoadgen(['run', ...args, '--out', out], {}, main).ended
    const said = `exit code ${outcome.code}\n${outcome.stdout}\n${outcome.stderr}`
    const text = await readFile(join(out, 'run.json'), 'utf8').catch(() => {
      throw new Error(`no run was written; ${said}`)
    })
    const run = parseRun(text)
    const { ledger } = analyse(run)
    const row = (quantity: Quantity): LedgerRow => {
      const found = ledger.rows.find((one) => one.quantity === quantity)
      if (found === undefined) throw new Error(`the ledger has no row ${quantity}`)
      return found
    }
    return { ...outcome, run, ledger, row, told: `${said}\n${ledger.rows.map(wordsOf).join('\n')}` }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function wordsOf({ title, counts, differences }: LedgerRow): string {
  const parts = differences
    .filter(({ amount }) => amount !== 0)
    .map(({ of, against, amount, parts, unexplained }) => {
      const reasons = [...parts.map((part) => `${part.amount} ${part.why}`), `${unexplained} unexplained`]
      return `\n    ${of} − ${against} = ${amount}: ${reasons.join('; ')}`
    })
  return `  ${title}: ${counts.client} | ${counts.api} | ${counts.vllm}${parts.join('')}`
}

/**
 * The expected exit code: 0, unless the machine was too busy for the load tester to keep up, which it has to report by
 * code 1 and in the run. Counts have to be right in either case.
 */
export const expectedCode = ({ run }: Pick<LoadRun, 'run'>): number => (run.self.saturated ? 1 : 0)

/**
 * Expects that some users gave up and most did not, and that every difference between the counts is explained to the
 * token. If the load tester stalled for so long that the API dropped its readers, they count as CONNECTION_LOST.
 */
export function expectAllExplained(load: LoadRun): void {
  const { ledger, run, told } = load
  expect(ledger.balanced, told).toBe(true)
  expect(load.code, told).toBe(expectedCode(load))
  expect(run.whole.abandoned, told).toBeGreaterThan(0)
  const { succeeded, abandoned, failed, errors } = run.whole
  const lost = errors.find(({ code }) => code === 'CONNECTION_LOST')?.count ?? 0
  expect(failed, told).toBe(run.self.saturated ? lost : 0)
  expect(succeeded + lost, told).toBeGreaterThan(abandoned)
  for (const { differences } of ledger.rows)
    for (const { amount, parts, unexplained } of differences) {
      expect(unexplained, told).toBe(0)
      const explained = parts.reduce((sum, part) => sum + part.amount, 0)
      expect(explained, told).toBe(amount)
    }
}
