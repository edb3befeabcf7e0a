import type { Run } from '@slicechat/run'
import type { Ledger } from '@slicechat/run/analysis'
import { EXIT } from '../problems/exit-code.ts'

/**
 * The exit code of a finished run. A finding that makes others worthless comes first: a run that the user
 * ended did not measure what was asked for; if the counts do not add up, no threshold can be believed; the
 * times of a saturated client, or of a run without answers, are not the server's.
 * @param failed something else that was asked for did not work, such as an upload
 * @param aborted a threshold ended the run (`--abort-on`): that nothing succeeded may be just what it was to detect
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
  // A shard of a small load may have nothing to send, and no shard alone can be judged by a threshold.
  if (run.shard !== undefined)
    return aborted ? EXIT.thresholds : succeeded === 0 && intended > 0 ? EXIT.error : EXIT.met
  if (!aborted && succeeded === 0) return EXIT.error
  return aborted || run.thresholds.some(({ passed }) => !passed) ? EXIT.thresholds : EXIT.met
}
