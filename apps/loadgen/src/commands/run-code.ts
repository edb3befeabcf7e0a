import type { Ledger, Run } from '@slicechat/report'
import { EXIT } from './exit-code.ts'

/**
 * The exit code that a finished run deserves. What makes other findings worthless comes first: figures of a run that
 * somebody ended are not what was asked for; with counts that do not add up no threshold can be believed; times of a
 * saturated client, or of nothing, are not the server's.
 *
 * @param failed something else that was asked for did not work, such as an upload
 * @param aborted a threshold ended it (`--abort-on`): that nothing succeeded may be just what it was to find
 */
export function runCode(
  run: Run,
  ledger: Pick<Ledger, 'balanced'>,
  interrupted: boolean,
  failed = false,
  aborted = false,
): number {
  if (interrupted) return EXIT.interrupted
  if (!ledger.balanced) return EXIT.ledger
  if (failed || run.self.saturated) return EXIT.error
  const { succeeded, intended } = run.whole
  // Some shard of a small load may have nothing to send, and none of them can be held against a threshold.
  if (run.shard !== undefined)
    return aborted ? EXIT.thresholds : succeeded === 0 && intended > 0 ? EXIT.error : EXIT.met
  if (!aborted && succeeded === 0) return EXIT.error
  return aborted || run.thresholds.some(({ passed }) => !passed) ? EXIT.thresholds : EXIT.met
}
