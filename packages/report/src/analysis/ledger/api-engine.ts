import { count } from '../../charts/quantity.ts'
import type { ApiCounts, EngineCounts } from './counts.ts'
import type { Allowance, Difference, Quantity } from './difference.ts'
import { difference, downTo, exactly, upTo } from './difference.ts'

const UNBOUNDED = Number.POSITIVE_INFINITY

/**
 * vLLM's counts minus the API's. vLLM counts tokens and the first token of every request, and everything else only of
 * requests that it finished; so what was aborted there is the total less what was finished, to the token.
 */
export function apiAndEngine(api: ApiCounts, vllm: EngineCounts, doubt: readonly Allowance[]): Difference[] {
  const gone = api.cancelled + api.error
  const madeMore = vllm.success - api.success
  const foreign = vllm.inFlight.start
  const atEdges = vllm.inFlight.start + vllm.inFlight.end + api.inFlight.start + api.inFlight.end
  const compare = (quantity: Quantity, a: number, b: number, allowances: readonly Allowance[]): Difference =>
    difference(quantity, ['vllm', a], ['api', b], [...allowances, ...doubt])
  const tokens = (quantity: Quantity, a: number, b: number, open: boolean, why: string): Difference =>
    compare(quantity, a, b, [
      ...(open ? [upTo(UNBOUNDED, why)] : []),
      ...(atEdges > 0
        ? [{ why: 'of requests under way at the edges', least: -UNBOUNDED, most: UNBOUNDED }]
        : []),
    ])

  const more = `of ${madeMore} answers that the engine finished after the API had let go of them`
  const partial =
    vllm.finished === null
      ? ''
      : ` (the engine made ${count(vllm.completion - vllm.finished.completion)} tokens for requests that it then aborted)`
  /** Requests that the engine gave a first token and did not finish; `null` where it does not tell. */
  const abortedThere =
    vllm.firstTokens === null || vllm.finished === null ? null : vllm.firstTokens - vllm.finished.requests
  const produced = `produced after the API had let go of ${gone} answers${partial}`
  const brokenOff = madeMore > 0 || (abortedThere ?? gone) > 0
  /** The same requests got a first token at both, and the API reads the prompt's size along with it. */
  const samePrompts =
    vllm.firstTokens !== null &&
    vllm.firstTokens === api.firstTokens &&
    (gone === 0 || api.prompt > (api.finished?.prompt ?? api.prompt))
  return [
    compare('finished', vllm.success, api.success, [
      upTo(gone, 'finished by the engine, though the API had stopped or lost them'),
      upTo(foreign, 'under way at the engine before the run began'),
      upTo(api.inFlight.end, 'finished by the engine and not yet by the API when the run ended'),
    ]),
    ...(abortedThere === null || api.firstTokens === null || vllm.firstTokens === null
      ? []
      : [compare('aborted', abortedThere, api.cancelled, abortedParts(api, vllm, madeMore))]),
    compare('failed', vllm.error, api.error, [
      downTo(api.error, 'never reached the engine, or are aborted requests to it'),
      upTo(api.cancelled, 'failed at the engine after the API had stopped them'),
    ]),
    ...(api.finished === null || vllm.finished === null
      ? []
      : [
          tokens(
            'finishedPromptTokens',
            vllm.finished.prompt,
            api.finished.prompt,
            madeMore > 0 || vllm.error + vllm.abort > 0,
            more,
          ),
          tokens(
            'finishedCompletionTokens',
            vllm.finished.completion,
            api.finished.completion,
            madeMore > 0 || vllm.error + vllm.abort > 0,
            more,
          ),
        ]),
    tokens(
      'promptTokens',
      vllm.prompt,
      api.prompt,
      brokenOff && !samePrompts,
      'prompts of answers that the API let go of before it read their first token',
    ),
    tokens('completionTokens', vllm.completion, api.completion, brokenOff, produced),
  ]
}

function abortedParts(api: ApiCounts, vllm: EngineCounts, madeMore: number): Allowance[] {
  const firstTokens = api.firstTokens ?? 0
  const unread = api.success + api.error + api.cancelled - firstTokens
  return [
    exactly(-unread, 'ended before their first token, which vLLM does not count'),
    exactly(api.error, 'failed at the API, and aborted to the engine'),
    exactly(-madeMore, 'finished by the engine all the same'),
    exactly(-vllm.error - vllm.abort, 'counted by the engine as ended'),
    upTo(unread, 'aborted after a first token that the API did not read'),
    upTo(vllm.inFlight.end, 'under way at the engine when the run ended'),
    downTo(vllm.inFlight.start, 'under way at the engine before the run began'),
  ]
}
