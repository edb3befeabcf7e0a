import { counted } from '../../format/quantity.ts'
import type { ApiCounts, EngineCounts } from './counts.ts'
import type { Allowance, Difference, Quantity } from './difference.ts'
import { difference, downTo, exactly, upTo } from './difference.ts'
import type { Kind } from './engine-tokens.ts'
import { abortedAfterFirstToken, unfinishedTokens } from './engine-tokens.ts'
import type { Range } from './sizes.ts'
import { sumDifferenceRange, subsetSumRange } from './sizes.ts'

/**
 * vLLM's counts minus the API's. vLLM counts tokens and the first token of every request as they come, and
 * everything else only of requests that it finished. The API counts an answer, tokens included, when it ends.
 * So in the difference of tokens, answers that both finished cancel out, and the rest is bounded by what
 * either counted beyond those.
 */
export function apiAndEngine(api: ApiCounts, vllm: EngineCounts, doubt: readonly Allowance[]): Difference[] {
  const { before, after, edges } = straddling(api, vllm)
  const gone = api.cancelled + api.error - api.empty
  const abortedThere = abortedAfterFirstToken(vllm)
  const whole = bothFinished(api, vllm)
  const compare = (quantity: Quantity, a: number, b: number, allowances: readonly Allowance[]): Difference =>
    difference(quantity, ['vllm', a], ['api', b], [...allowances, ...doubt])
  const finishedTokens = (quantity: Quantity, kind: Kind): Difference[] =>
    api.finished === null || vllm.finished === null
      ? []
      : [
          compare(quantity, vllm.finished[kind], api.finished[kind], [
            {
              why:
                edges > 0
                  ? 'of answers that only one of the two finished within the run, by the buckets of their sizes'
                  : onlyEngine(api, vllm.finished.requests - api.finished.requests),
              ...whole(kind),
            },
          ]),
        ]
  const tokens = (quantity: Quantity, kind: Kind, why: string): Difference =>
    compare(quantity, vllm[kind], api[kind], [
      upTo(
        gone + edges + api.empty + api.untold > 0 ? mostBeyond(api, vllm, kind, whole(kind)) : 0,
        edges > 0 ? `${why}, or of ${counted(edges, 'request')} under way when the run began or ended` : why,
      ),
      downTo(
        tokensOfAny(api, before + vllm.inFlight.end, kind),
        'counted by the API when they ended, and made by the engine before the run began or after it had ended',
      ),
    ])
  /** Both counted a first token of the same requests, and the API reads the prompt's size along with it. */
  const samePrompts =
    edges + api.untold === 0 &&
    vllm.firstTokens !== null &&
    vllm.firstTokens === api.firstTokens &&
    (gone === 0 || api.prompt > (api.finished?.prompt ?? api.prompt))
  return [
    compare('finished', vllm.success, api.success, [
      upTo(api.empty, 'ended without text: the engine counts a success, the API an error'),
      upTo(gone, 'finished by the engine, though the API had stopped or lost them'),
      upTo(vllm.inFlight.start, 'under way at the engine before the run began'),
      upTo(api.inFlight.end, 'finished by the engine and not yet by the API when the run ended'),
      downTo(api.inFlight.start, 'finished by the engine before the run began, and by the API after'),
      downTo(vllm.inFlight.end, 'under way at the engine when the run ended, and finished by the API'),
    ]),
    ...(abortedThere === null || api.firstTokens === null
      ? []
      : [compare('aborted', abortedThere, api.cancelled, abortedParts(api, vllm, before, after))]),
    compare('failed', vllm.error, api.error, [
      downTo(api.empty, 'ended without text: the engine counts a success'),
      downTo(api.error - api.empty, 'never reached the engine, or are aborted requests to it'),
      upTo(api.cancelled, 'failed at the engine after the API had stopped them'),
      upTo(vllm.inFlight.start + api.inFlight.end, 'under way when the run began or ended'),
    ]),
    ...finishedTokens('finishedPromptTokens', 'prompt'),
    ...finishedTokens('finishedCompletionTokens', 'completion'),
    samePrompts
      ? compare('promptTokens', vllm.prompt, api.prompt, [])
      : tokens(
          'promptTokens',
          'prompt',
          `prompts of answers that the API let go of before it read their first token${unbounded(api, vllm)}`,
        ),
    tokens(
      'completionTokens',
      'completion',
      `${api.untold + api.empty > 0 ? 'of answers whose usage the server did not tell the API, or ' : ''}produced after the API had let go of ${counted(gone, 'answer')}${partial(vllm)}${unbounded(api, vllm)}`,
    ),
  ]
}

/** Describes the answers whose sizes the engine has and the API has not. */
function onlyEngine({ empty, untold }: ApiCounts, number: number): string {
  const rest = number - empty - untold
  return [
    ...(untold > 0 ? [`of ${untold} whose usage the server did not tell the API`] : []),
    ...(empty > 0 ? [`of ${empty} without text, which failed at the API`] : []),
    ...(rest > 0 || empty + untold === 0
      ? [`of ${counted(rest, 'answer')} that the engine finished after the API had let go of them`]
      : []),
  ].join(', and ')
}

/** Requests that one of the two may count and the other not, since a window began or ended during them. */
function straddling(
  api: ApiCounts,
  vllm: EngineCounts,
): { readonly before: number; readonly after: number; readonly edges: number } {
  const before = vllm.inFlight.start + api.inFlight.start
  const after = vllm.inFlight.end + api.inFlight.end
  return { before, after, edges: before + after }
}

/**
 * Tokens of requests that vLLM finished, minus those of answers that the API finished; what both finished
 * cancels out.
 */
function bothFinished(api: ApiCounts, vllm: EngineCounts): (kind: Kind) => Range {
  const onlyA = api.cancelled + api.error + api.untold + vllm.inFlight.start + api.inFlight.end
  const onlyB = api.inFlight.start + vllm.inFlight.end
  return (kind) => {
    if (vllm.finished === null) return { least: 0, most: 0 }
    const ofEngine = vllm.finished.sizes[kind]
    if (api.finished !== null) return sumDifferenceRange(ofEngine, api.finished.sizes[kind], { onlyA, onlyB })
    return subsetSumRange(
      ofEngine,
      Math.min(onlyA, vllm.finished.requests - api.success + api.untold + onlyB),
    )
  }
}

/**
 * The most that vLLM can have counted beyond the API: tokens of requests that it did not finish, or that only it
 * finished.
 */
function mostBeyond(api: ApiCounts, vllm: EngineCounts, kind: Kind, whole: Range): number {
  const unfinished = unfinishedTokens(vllm, kind)
  if (unfinished !== null) return unfinished + Math.max(0, whole.most)
  return vllm[kind] - (api.finished?.[kind] ?? 0)
}

/** The most tokens that `answers` of the answers that ended at the API can have. */
function tokensOfAny(api: ApiCounts, answers: number, kind: Kind): number {
  if (answers === 0) return 0
  if (api.finished === null) return api[kind]
  return subsetSumRange(api.finished.sizes[kind], answers).most + Math.max(0, api[kind] - api.finished[kind])
}

function partial(vllm: EngineCounts): string {
  const tokens = unfinishedTokens(vllm, 'completion')
  return tokens === null
    ? ''
    : ` (the engine made ${counted(tokens, 'token')} for requests that it then aborted)`
}

const unbounded = (api: ApiCounts, vllm: EngineCounts): string => {
  if (vllm.finished !== null) return ''
  return api.finished === null
    ? '; how many, no counter tells'
    : '; how many, this vLLM does not tell: all that is not of answers that the API finished'
}

function abortedParts(api: ApiCounts, vllm: EngineCounts, before: number, after: number): Allowance[] {
  const firstTokens = api.firstTokens ?? 0
  // An answer without text has no first token at the API; the engine finished it all the same.
  const [success, error] = [api.success + api.empty, api.error - api.empty]
  const unread = success + error + api.cancelled - api.empty - firstTokens
  return [
    exactly(-unread, 'ended before their first token, which vLLM does not count'),
    exactly(error, 'failed at the API, and aborted to the engine'),
    exactly(success - vllm.success, 'finished by the engine all the same'),
    exactly(-vllm.error - vllm.abort, 'counted by the engine as ended'),
    upTo(unread, 'aborted after a first token that the API did not read'),
    upTo(vllm.inFlight.start + after, 'under way when the run began or ended'),
    downTo(before + vllm.inFlight.end, 'whose first token was outside the run'),
  ]
}
