import { counted } from '../../format/quantity.ts'
import type { ApiCounts, ClientCounts, EngineCounts } from './counts.ts'
import type { Allowance, Difference, Quantity } from './difference.ts'
import { difference, downTo, upTo } from './difference.ts'
import type { Kind } from './engine-tokens.ts'
import { abortedAfterFirstToken, unfinishedTokens } from './engine-tokens.ts'
import { subsetSumRange } from './sizes.ts'

/**
 * vLLM's counts minus the client's: the whole ledger if there is no API between them, and a cross-check if
 * there is. The client's requests begin within vLLM's window and, except for those that it left, end within
 * it. So vLLM never counts fewer tokens.
 * @param api what an API between them had under way when the run began is somebody else's, and reaches vLLM too
 */
export function clientAndEngine(
  client: ClientCounts,
  api: ApiCounts | null,
  vllm: EngineCounts,
  doubt: readonly Allowance[],
): Difference[] {
  const { abandoned, failed, unfinished, empty, succeededUntold = 0, succeededUntoldPrompts = 0 } = client
  /** Answers that succeeded, but whose tokens nobody told the client. */
  const untold: Readonly<Record<Kind, number>> = {
    prompt: succeededUntoldPrompts,
    completion: succeededUntold,
  }
  const gone = abandoned + failed + unfinished
  const foreign = vllm.inFlight.start + (api?.inFlight.start ?? 0)
  const abortedThere = abortedAfterFirstToken(vllm)
  const compare = (quantity: Quantity, a: number, b: number, allowances: readonly Allowance[]): Difference =>
    difference(quantity, ['vllm', a], ['client', b], [...allowances, ...doubt])
  const outlived = Math.max(0, Math.min(vllm.success - client.succeeded, gone + foreign))
  const more = (kind: Kind): string =>
    [
      ...(untold[kind] > 0
        ? [`of ${counted(untold[kind], 'answer')} whose tokens the server told nobody`]
        : []),
      ...(empty > 0 ? [`of up to ${counted(empty, 'answer')} without text`] : []),
      ...(untold[kind] + empty === 0 || outlived > empty
        ? [
            `of ${counted(Math.max(0, outlived - empty), 'answer')} that the engine finished after ${outlived - empty === 1 ? 'its user' : 'their users'} had gone${
              foreign > 0 ? ', or that were under way before the run began' : ''
            }`,
          ]
        : []),
    ].join(', and ')
  /** vLLM's histogram holds the answers that the client saw succeed and knows the sizes of, and these others. */
  const others = (kind: Kind) => {
    if (vllm.finished === null) return { least: 0, most: 0 }
    const beside = Math.min(vllm.finished.requests - client.succeeded, gone + foreign)
    return subsetSumRange(vllm.finished.sizes[kind], beside + untold[kind])
  }
  const finishedTokens = (quantity: Quantity, kind: Kind, succeeded: number): Difference[] =>
    vllm.finished === null
      ? []
      : [compare(quantity, vllm.finished[kind], succeeded, [{ why: more(kind), ...others(kind) }])]
  const tokens = (
    quantity: Quantity,
    kind: Kind,
    all: number,
    succeeded: number,
    why: string,
  ): Difference => {
    const beyond = unfinishedTokens(vllm, kind)
    const most = beyond === null ? vllm[kind] - succeeded : beyond + others(kind).most
    return compare(quantity, vllm[kind], all, [
      upTo(gone + foreign + vllm.inFlight.end + untold[kind] > 0 ? most : 0, why),
    ])
  }
  return [
    compare('finished', vllm.success, client.succeeded, [
      upTo(empty, 'ended without text: the engine counts a success'),
      upTo(gone - empty, 'finished by the engine although their users had gone'),
      upTo(foreign, 'under way before the run began'),
    ]),
    ...(abortedThere === null
      ? []
      : [
          compare('aborted', abortedThere, abandoned, [
            downTo(
              abandoned,
              'ended before their first token, which vLLM does not count, or finished all the same',
            ),
            upTo(failed - empty + unfinished, 'failed or unfinished, and aborted to the engine'),
            upTo(vllm.inFlight.end, 'under way at the engine when the run ended'),
            upTo(foreign, 'under way before the run began, and aborted'),
            downTo(vllm.inFlight.start, 'under way at the engine before the run began'),
          ]),
        ]),
    compare('failed', vllm.error, failed, [
      downTo(empty, 'ended without text: the engine counts a success'),
      downTo(failed - empty, 'never reached the engine, or are aborted requests to it'),
      upTo(abandoned + unfinished, 'failed at the engine after their users had gone'),
      upTo(foreign, 'under way before the run began'),
    ]),
    ...finishedTokens('finishedPromptTokens', 'prompt', client.succeededPromptTokens),
    ...finishedTokens('finishedCompletionTokens', 'completion', client.succeededCompletionTokens),
    tokens(
      'promptTokens',
      'prompt',
      client.promptTokens,
      client.succeededPromptTokens,
      'of requests that nobody told the client of',
    ),
    tokens(
      'completionTokens',
      'completion',
      client.completionTokens,
      client.succeededCompletionTokens,
      'produced after the users had gone, or told nobody',
    ),
  ]
}
