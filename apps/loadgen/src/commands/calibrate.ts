import { type Calibration, calibrate as measure } from '../calibrate/calibrate.ts'
import type { Console } from '../terminal/console.ts'
import { amountText, countText } from '../terminal/number-text.ts'
import { command } from './command.ts'
import { EXIT } from '../problems/exit-code.ts'
import { flag } from './flag.ts'
import { noteProxies } from './proxy-note.ts'
import { targetFlags, targetOf } from './target-flags.ts'

const TIMING = { ttftMs: 50, itlMs: 10 }
const STREAMS = 100
const ANSWER_TOKENS = 100
const ROUNDS = 10
/** The project's own limits for the error of TTFT; milliseconds. */
const LIMITS = { p50: 2, p99: 10 }

const flags = {
  ttft: flag.duration('TIME', 'what the server takes to its first token; default 50ms'),
  itl: flag.duration('TIME', 'what the server takes from token to token; default 10ms'),
  streams: flag.whole('N', 1, `answers at once; default ${STREAMS}`),
  starts: flag.choice(['simultaneous', 'spread'], 'all users begin together (default), or evenly spread'),
  tokens: flag.whole('N', 2, `of an answer; default ${ANSWER_TOKENS}`),
  rounds: flag.whole('N', 1, `answers for each user; default ${ROUNDS}`),
  ...targetFlags,
  json: flag.switch('prints one JSON object on stdout'),
} as const

export const calibrate = command({
  name: 'calibrate',
  summary: "measures the load tester's own error against a server whose timing is known",
  positionals: { names: '', min: 0, max: 0 },
  flags,
  instead: { users: '--streams says how many', duration: '--rounds says how long' },
  details: `The server must answer with fixed timing, as this one does:
  npm run simulator -- --port 8100 --dcgm-port off --ttft 50ms --itl 10ms --enable-per-request-metrics
Exit code 0 if the error of TTFT is at most ${LIMITS.p50} ms at p50 and ${LIMITS.p99} ms at p99, 99 if it is more, 1 if the client was
saturated or requests failed.`,
  examples: ['calibrate --target openai:http://127.0.0.1:8100 --streams 200'],
  run: async ({ flags, env, console, signal }) => {
    const target = targetOf(flags, env)
    noteProxies([target.url], (text) => console.message(text))
    const streams = flags.streams ?? STREAMS
    const timing = { ttftMs: flags.ttft ?? TIMING.ttftMs, itlMs: flags.itl ?? TIMING.itlMs }
    console.message(
      `${countText(streams, 'stream')} against ${timing.ttftMs} ms to the first token and ${timing.itlMs} ms between …`,
    )
    const calibration = await measure({
      target,
      timing,
      streams,
      signal,
      starts: flags.starts ?? 'simultaneous',
      answerTokens: flags.tokens ?? ANSWER_TOKENS,
      rounds: flags.rounds ?? ROUNDS,
    })
    console.result(flags.json ? JSON.stringify(calibration) : textOf(calibration, console.paintResult))
    if (signal.aborted) return EXIT.interrupted
    if (calibration.failed > 0 || calibration.requests === 0 || calibration.self.saturated) return EXIT.error
    const { p50, p99 } = calibration.ttftErrorMs
    return Math.abs(p50) <= LIMITS.p50 && p99 <= LIMITS.p99 ? EXIT.met : EXIT.thresholds
  },
})

function textOf(calibration: Calibration, paint: Console['paintResult']): string {
  const { ttftErrorMs, serverAddedMs, interTokenErrorMs, gapErrorMs, startDelayP99Ms, self } = calibration
  const { requests, failed, streams, offeredTokensPerSecond } = calibration
  const row = (label: string, errors: { p50: number; p99: number; max?: number }): string =>
    label.padEnd(30) +
    [errors.p50, errors.p99, errors.max]
      .map((ms) => (ms === undefined ? '' : Number.isNaN(ms) ? '–' : `${ms.toFixed(2)} ms`).padStart(12))
      .join('')
  return [
    `${countText(requests, 'request')} of ${countText(streams, 'stream')}, ${amountText(offeredTokensPerSecond)} tokens/s; ${failed} failed`,
    '',
    paint('bold', `${'Error'.padEnd(30)}${['p50', 'p99', 'max'].map((name) => name.padStart(12)).join('')}`),
    row('time to first token', ttftErrorMs),
    ...(serverAddedMs === null ? [] : [row('  the server had added (told by it)', serverAddedMs)]),
    row('mean time between tokens', interTokenErrorMs),
    row('single gaps', gapErrorMs),
    '',
    `Requests started ${startDelayP99Ms.toFixed(2)} ms late at p99; ${self.cores.toFixed(2)} cores; event loop late by ${self.eventLoopDelayMs.p99.toFixed(1)} ms at p99.`,
    ...self.why.map((why) => paint('red', `Client saturated: ${why}`)),
  ].join('\n')
}
