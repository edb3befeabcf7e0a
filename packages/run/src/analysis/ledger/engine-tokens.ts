import type { EngineCounts } from './counts.ts'

/** The two kinds of a request's tokens. */
export type Kind = 'prompt' | 'completion'

/**
 * Requests that got a first token and are not among the finished; `null` if this vLLM does not report them. A request
 * that was under way when the window began may count as -1: its first token came before the window, its end within.
 */
export const abortedAfterFirstToken = ({ firstTokens, finished }: EngineCounts): number | null =>
  firstTokens === null || finished === null ? null : firstTokens - finished.requests

/**
 * The most tokens that vLLM made for requests that it did not finish: all its tokens minus those of finished
 * requests. Exact if nothing was under way when the window began; else what finished requests made before it
 * is subtracted too.
 * @returns `null` if this vLLM reports no sizes
 */
export function unfinishedTokens(vllm: EngineCounts, kind: Kind): number | null {
  if (vllm.finished === null) return null
  const some = (abortedAfterFirstToken(vllm) ?? 1) > 0 || vllm.inFlight.start > 0
  return some ? Math.max(0, vllm[kind] - vllm.finished[kind]) : 0
}
