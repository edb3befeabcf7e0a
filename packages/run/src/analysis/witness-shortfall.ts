import { isThroughApi } from '../schema/through-api.ts'
import type { Run } from '../schema/run.ts'
import type { Witness } from '../schema/witness.ts'
import { gpuOf } from './gpu/gpu.ts'
import { ledgerOf } from './ledger/ledger.ts'

/**
 * Why a witness that was asked for does not deliver what it should; `null` if it does.
 * @param run the run that it witnessed
 */
export function witnessShortfall(witness: Witness, run: Run): string | null {
  const { kind, name, url, gaps, untilMs } = witness
  const because = (why: string): string => `${name} (${url}) ${why}`
  if (untilMs < run.durationMs) {
    const seconds = Math.max(0, untilMs / 1000).toFixed(1)
    const why = gaps.at(-1)?.why
    return because(
      `was lost: it said nothing after ${seconds} s of the run${why === undefined ? '' : ` (${why})`}`,
    )
  }
  const alone: Run = { ...run, witnesses: [witness] }
  if (kind === 'dcgm')
    return (gpuOf(alone)?.slices.length ?? 0) > 0
      ? null
      : because('tells nothing of any GPU: all its values are blank, or of fields that are not read')
  // If a model server is driven directly, the API gets no requests.
  if (kind === 'api' && !isThroughApi(run)) return null
  return ledgerOf(alone).parties.includes(kind) ? null : because('has none of the counters of the ledger')
}
