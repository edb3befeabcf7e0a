import type { Latencies } from '@slicechat/run'
import type { SteadySoFar } from './abort-rule.ts'
import type { PreparedRun } from './prepared-run.ts'
import type { Progress } from './progress.ts'
import type { RequestRecord } from './request-record.ts'
import type { ShardResult } from './shard.ts'
import type { Share } from './share.ts'

/** The data that a worker is created with. */
export interface WorkerTask extends Omit<PreparedRun, 'plan'> {
  readonly share: Share
  /** Whether the caller wants the records. */
  readonly records: boolean
  /** Set if the caller wants the steady part each second, with these histograms. */
  readonly watched: readonly (keyof Latencies)[] | undefined
}

/** Messages to a worker. */
export type WorkerCommand = { readonly type: 'go'; readonly zero: number } | { readonly type: 'stop' }

/** Messages from a worker. */
export type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'steady'; readonly soFar: SteadySoFar }
  | { readonly type: 'records'; readonly records: readonly RequestRecord[] }
  | { readonly type: 'result'; readonly result: ShardResult }
