import type { EngineCounts } from './counts.ts'

/** The two sides of a request's tokens. */
export type Kind = 'prompt' | 'completion'

/**
 * Requests that got a first token and are not among the finished; `null` where this vLLM does not tell. One that was
 * under way when the window began may count as -1: its first token came before it, its end within.
 */
export const abortedAfterFirstToken = ({ firstTokens, finished }: EngineCounts): number | null =>
  firstTokens === null || finished === null ? null : firstTokens - finished.requests

/**
 * The most tokens that vLLM made for requests that it did not finish: all of its tokens less those of finished requests.
 * Exact where nothing was under way when the window began; what was made before it would be taken off.
 *
 * @returns `null` where this vLLM tells no sizes
 */
export function unfinishedTokens(vllm: EngineCounts, kind: Kind): number | null {
  if (vllm.finished === null) return null
  const some = (abortedAfterFirstToken(vllm) ?? 1) > 0 || vllm.inFlight.start > 0
  return some ? Math.max(0, vllm[kind] - vllm.finished[kind]) : 0
}
