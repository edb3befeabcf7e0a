import type { Run } from '../schema/run.ts'
import type { Gpu } from './gpu/gpu.ts'
import { gpuOf } from './gpu/gpu.ts'
import type { Ledger } from './ledger/ledger.ts'
import { ledgerOf } from './ledger/ledger.ts'
import type { Comparison } from './like-for-like.ts'
import { likeForLike } from './like-for-like.ts'
import type { Verdict } from './verdict/verdict.ts'
import { verdictOf } from './verdict/verdict.ts'
import type { Waterfall } from './waterfall.ts'
import { waterfallOf } from './waterfall.ts'

/** What a run and its witnesses show when they are compared. */
export interface Analysis {
  readonly ledger: Ledger
  /** `null` if no first token came. */
  readonly waterfall: Waterfall | null
  /** Empty if there is no server to compare with. */
  readonly likeForLike: readonly Comparison[]
  /** `null` without a DCGM exporter. */
  readonly gpu: Gpu | null
  readonly verdict: Verdict
}

/** Pure: the same run gives the same analysis. */
export function analyse(run: Run): Analysis {
  const ledger = ledgerOf(run)
  const gpu = gpuOf(run)
  return {
    ledger,
    waterfall: waterfallOf(run),
    likeForLike: likeForLike(run),
    gpu,
    verdict: verdictOf(run, ledger, gpu),
  }
}
