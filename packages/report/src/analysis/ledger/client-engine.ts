import type { ClientCounts, EngineCounts } from './counts.ts'
import type { Allowance, Difference, Quantity } from './difference.ts'
import { difference, downTo, upTo } from './difference.ts'

const UNBOUNDED = Number.POSITIVE_INFINITY

/** vLLM's counts minus the client's: the whole ledger where no API stands between, and a cross-check where one does. */
export function clientAndEngine(
  client: ClientCounts,
  vllm: EngineCounts,
  doubt: readonly Allowance[],
): Difference[] {
  const { abandoned, failed, unfinished } = client
  const gone = abandoned + failed + unfinished
  const madeMore = Math.min(vllm.success - client.succeeded, gone)
  const abortedThere =
    vllm.firstTokens === null || vllm.finished === null ? null : vllm.firstTokens - vllm.finished.requests
  const atEdges = vllm.inFlight.start + vllm.inFlight.end
  const compare = (quantity: Quantity, a: number, b: number, allowances: readonly Allowance[]): Difference =>
    difference(quantity, ['vllm', a], ['client', b], [...allowances, ...doubt])
  const tokens = (quantity: Quantity, a: number, b: number, open: boolean, why: string): Difference =>
    compare(quantity, a, b, [
      ...(open ? [upTo(UNBOUNDED, why)] : []),
      ...(atEdges > 0
        ? [{ why: 'of requests under way at the edges', least: -UNBOUNDED, most: UNBOUNDED }]
        : []),
    ])
  const brokenOff = madeMore > 0 || (abortedThere ?? gone) > 0 || client.untold > 0
  const more = `of ${madeMore} answers that the engine finished after their users had gone`
  return [
    compare('finished', vllm.success, client.succeeded, [
      upTo(gone, 'finished by the engine although their users had gone'),
      upTo(vllm.inFlight.start, 'under way at the engine before the run began'),
    ]),
    ...(abortedThere === null
      ? []
      : [
          compare('aborted', abortedThere, abandoned, [
            downTo(
              abandoned,
              'ended before their first token, which vLLM does not count, or finished all the same',
            ),
            upTo(failed + unfinished, 'failed or unfinished, and aborted to the engine'),
            upTo(vllm.inFlight.end, 'under way at the engine when the run ended'),
            downTo(vllm.inFlight.start, 'under way at the engine before the run began'),
          ]),
        ]),
    compare('failed', vllm.error, failed, [
      downTo(failed, 'never reached the engine, or are aborted requests to it'),
      upTo(abandoned + unfinished, 'failed at the engine after their users had gone'),
    ]),
    ...(vllm.finished === null
      ? []
      : [
          tokens(
            'finishedPromptTokens',
            vllm.finished.prompt,
            client.succeededPromptTokens,
            madeMore > 0 || vllm.error + vllm.abort > 0,
            more,
          ),
          tokens(
            'finishedCompletionTokens',
            vllm.finished.completion,
            client.succeededCompletionTokens,
            madeMore > 0 || vllm.error + vllm.abort > 0,
            more,
          ),
        ]),
    tokens(
      'promptTokens',
      vllm.prompt,
      client.promptTokens,
      brokenOff,
      'of requests that nobody told the client of',
    ),
    tokens(
      'completionTokens',
      vllm.completion,
      client.completionTokens,
      brokenOff,
      'produced after the users had gone, or told nobody',
    ),
  ]
}
