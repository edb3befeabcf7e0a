import { markFew } from '@slicechat/run'
import type { Console } from '../terminal/console.ts'
import { amountText, msText, shareText } from '../terminal/number-text.ts'
import type { LoadParameter } from './constant-load.ts'
import type { Sweep, SweepStep } from './sweep.ts'

const unitOf = (over: LoadParameter, load: number): string =>
  over === 'rate' ? 'conversations/s' : load === 1 ? 'user' : 'users'

const COLOURS = { met: 'green', missed: 'red', 'over-saturated': 'red', 'not measured': 'yellow' } as const

/** The verdict, with a `?` if the share itself decided and not its interval. */
export const verdictText = ({ verdict, clear }: SweepStep): string =>
  clear || verdict === 'not measured' ? verdict : `${verdict}?`

/** The line of one load that was tried. */
export function stepLine(step: SweepStep, over: LoadParameter, paint: Console['paint']): string {
  const { load, verdict, good, ttft, interToken, tokensPerSecond, clientSaturated } = step
  return [
    `${String(load).padStart(7)} ${unitOf(over, load)}`,
    paint(COLOURS[verdict], verdictText(step).padEnd(14)),
    good.requests === 0
      ? 'no request in this time'
      : `${shareText(good.share).padStart(6)} good (${shareText(good.low)} to ${shareText(good.high)})`,
    `first token p95 ${p95Text(ttft.p95, good.requests)}`,
    `next token p95 ${p95Text(interToken.p95, good.requests)}`,
    `${amountText(tokensPerSecond)} tokens/s`,
    ...(clientSaturated ? [paint('yellow', 'client saturated')] : []),
  ].join('  ')
}

const p95Text = (ms: number | null, requests: number): string =>
  ms === null ? msText(ms) : markFew(msText(ms), 0.95, requests)

/** The result of a sweep, in sentences. */
export function sweepSentences(sweep: Sweep): string[] {
  const { over, goal, slo, largestMet, smallestMissed, steps, cutShort } = sweep
  const limits = [
    slo.ttftMs === undefined ? [] : [`first token within ${msText(slo.ttftMs)}`],
    slo.interTokenMs === undefined ? [] : [`${msText(slo.interTokenMs)} a token`],
    slo.e2eMs === undefined ? [] : [`whole answer within ${msText(slo.e2eMs)}`],
  ].flat()
  const asked = `the SLO (${limits.join(', ')}, for ${shareText(goal)} of requests)`
  const loadText = (load: number): string => `${amountText(load)} ${unitOf(over, load)}`
  const unclear = steps.some((step) => verdictText(step).endsWith('?'))
  const unmeasured = steps.find(({ verdict }) => verdict === 'not measured')
  return [
    ...(cutShort ? ['The sweep was interrupted; this is as far as it came.'] : []),
    largestMet === null
      ? smallestMissed === null
        ? 'No load was measured to its end.'
        : `Already ${loadText(smallestMissed)} ${smallestMissed === 1 ? 'misses' : 'miss'} ${asked}.`
      : smallestMissed === null
        ? `${loadText(largestMet)} ${largestMet === 1 ? 'meets' : 'meet'} ${asked}, and no load that was tried missed it: the limit is higher.`
        : `The largest load that meets ${asked} is ${loadText(largestMet)}; ${amountText(smallestMissed)} miss it.`,
    ...(unmeasured === undefined
      ? []
      : [
          `At ${loadText(unmeasured.load)} no request was intended within the time that is measured: a longer --duration or a higher --from is needed.`,
        ]),
    ...(unclear
      ? ['A ? marks loads so near the limit that the measured share, not its interval, decided.']
      : []),
    ...(steps.some(({ clientSaturated }) => clientSaturated)
      ? ['The load tester itself was saturated in some steps: their figures are its own, not the server’s.']
      : []),
    ...(sweep.target.simulated ? ['The server says that it is a simulation.'] : []),
  ]
}
