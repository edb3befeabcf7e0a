import { counted } from '../../format/quantity.ts'
import type { ApiCounts, ClientCounts } from './counts.ts'
import type { Allowance, Difference, Quantity } from './difference.ts'
import { difference, downTo, exactly, upTo } from './difference.ts'
import type { Kind } from './engine-tokens.ts'
import type { Range } from './sizes.ts'
import { subsetSumRange } from './sizes.ts'

const between = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value))

/**
 * The API's counts minus the client's. An answer whose user left, or whose connection broke, may end in any
 * way at the API; every other answer must end there as it ended for the client.
 * @param doubt allowances for a page that is known to have missed something
 */
export function clientAndApi(
  client: ClientCounts,
  api: ApiCounts,
  doubt: readonly Allowance[],
): Difference[] {
  const { abandoned, unfinished, lost, refused, turnedAway, failedAtApi } = client
  /** An API from before this rule counts an answer without text as finished. */
  const empty = Math.max(0, client.empty - api.empty)
  const lostOnTheWay = lost - empty
  const total = api.success + api.error + api.cancelled + api.rejected
  const outlasted = api.success - client.succeeded
  const failedLater = api.error - failedAtApi
  const rejectedLater = api.rejected - turnedAway
  /** The part of an amount that must have been abandoned answers, and the part that can have been. */
  const ofAbandoned = (amount: number, why: string): Allowance => ({
    why,
    least: -between(amount, 0, abandoned),
    most: -between(amount - lost - unfinished - api.inFlight.start, 0, abandoned),
  })
  const before = upTo(api.inFlight.start, 'under way at the API before the run began')
  const after = downTo(
    Math.min(abandoned, api.inFlight.end),
    'left by their users and still under way at the API when the run ended',
  )
  const compare = (quantity: Quantity, a: number, b: number, allowances: readonly Allowance[]): Difference =>
    difference(quantity, ['api', a], ['client', b], [...allowances, ...doubt])
  const outlived = between(outlasted, 0, abandoned + lost + unfinished + api.inFlight.start)
  const more = `of ${counted(outlived, 'answer')} that ended although ${outlived === 1 ? 'its user' : 'their users'} had gone${
    api.inFlight.start > 0 ? ', or that were under way before the run began' : ''
  }`
  /** The API's histogram holds the answers that the client saw succeed, and `outlived` others. */
  const others = (kind: Kind): Range =>
    api.finished === null ? { least: 0, most: 0 } : subsetSumRange(api.finished.sizes[kind], outlived)
  const finishedTokens = (quantity: Quantity, kind: Kind, succeeded: number): Difference[] =>
    api.finished === null
      ? []
      : [compare(quantity, api.finished[kind], succeeded, [{ why: more, ...others(kind) }])]
  const tokens = (quantity: Quantity, kind: Kind, all: number, succeeded: number): Difference => {
    // Of answers that did not succeed, the client knows a part of the tokens; the rest is at most what it was
    // not told.
    const unknown = api[kind] - (api.finished?.[kind] ?? succeeded) - (all - succeeded)
    const most = Math.max(0, unknown) + others(kind).most
    return compare(quantity, api[kind], all, [
      upTo(client.untold + api.inFlight.start > 0 ? most : 0, client.untold > 0 ? untold : before.why),
    ])
  }
  const untold = `counted by the API for ${counted(client.untold, 'request')} whose tokens nobody told the client`
  return [
    compare('started', total, client.started, [
      exactly(-refused, 'refused before a generation began, which the API does not count'),
      downTo(lostOnTheWay, 'lost on the way, which the API never had'),
      downTo(unfinished, 'still under way when the run was cut short'),
      after,
      before,
    ]),
    compare('finished', api.success, client.succeeded, [
      upTo(empty, 'ended without text, which the client counts as failed'),
      upTo(abandoned, 'ended although their users had gone'),
      upTo(lostOnTheWay, 'ended although the client had lost them'),
      upTo(unfinished, 'ended after the run was cut short'),
      before,
    ]),
    compare('aborted', api.cancelled, abandoned, [
      ofAbandoned(outlasted, 'ended before the stop came, and count as finished'),
      ofAbandoned(failedLater, 'failed after their users had gone'),
      ofAbandoned(rejectedLater, 'turned away after their users had gone'),
      upTo(lostOnTheWay, 'the client lost them, and the API stopped them when nobody read on'),
      upTo(unfinished, 'stopped because the run was cut short'),
      after,
      before,
    ]),
    compare('failed', api.error, client.failed - turnedAway, [
      exactly(-refused, 'refused before a generation began, which the API does not count'),
      downTo(empty, 'ended without text, which this API counts as finished'),
      downTo(lostOnTheWay, 'the client lost them; the API counts how they ended there, if it had them'),
      upTo(abandoned, 'failed after their users had gone'),
      upTo(unfinished, 'failed after the run was cut short'),
      before,
    ]),
    compare('rejected', api.rejected, turnedAway, [
      upTo(abandoned + lostOnTheWay + unfinished, 'turned away after their users had gone'),
      before,
    ]),
    ...finishedTokens('finishedPromptTokens', 'prompt', client.succeededPromptTokens),
    ...finishedTokens('finishedCompletionTokens', 'completion', client.succeededCompletionTokens),
    tokens('promptTokens', 'prompt', client.promptTokens, client.succeededPromptTokens),
    tokens('completionTokens', 'completion', client.completionTokens, client.succeededCompletionTokens),
  ]
}
