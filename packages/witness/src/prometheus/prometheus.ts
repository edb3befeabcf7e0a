import type { Witness } from '@slicechat/run'
import { WitnessProblem } from '../witness-problem.ts'
import type { Kind } from '../families.ts'
import { PrometheusConnection, type PrometheusOptions, PrometheusProblem } from './connection.ts'
import { History, type Span } from './history.ts'
import { presence } from './selector.ts'

const KINDS: readonly Kind[] = ['api', 'vllm', 'dcgm']
const KINDS_TITLE = 'an API, vLLM or a DCGM exporter'
/** A scrape that is at least this far from the run's edge is reported. */
const NOTABLE_MS = 2000
const RECENT_MS = 300_000

/**
 * Checks that a Prometheus can be asked, and has samples of the last five minutes.
 * @throws {WitnessProblem} that names the flag
 */
export async function checkPrometheus(options: PrometheusOptions): Promise<void> {
  const connection = new PrometheusConnection(options)
  const match = options.match ?? []
  await named(connection, async () => {
    const now = Date.now()
    const asked = KINDS.map((kind) => connection.samples(presence(kind, match), now, RECENT_MS))
    if ((await Promise.all(asked)).every((series) => series.length === 0))
      throw new PrometheusProblem(
        `has no samples of the last five minutes by ${KINDS_TITLE}${matching(match)}`,
      )
  })
}

/**
 * What a Prometheus stored of a run: every kind that it has, from the last scrape before the run to the first
 * after it.
 * @param span the run's window; waits until its end has been scraped
 * @returns in `missing`, why the answers may be incomplete
 * @throws {WitnessProblem} that names the flag and the query
 */
export async function witnessesFromPrometheus(
  options: PrometheusOptions,
  span: Span,
  signal?: AbortSignal,
): Promise<{ witnesses: Witness[]; remarks: string[]; missing: string[] }> {
  const connection = new PrometheusConnection(options)
  return named(connection, async () => {
    const histories = KINDS.map((kind) => new History(connection, kind, options.match ?? [], span))
    const witnesses = (await Promise.all(histories.map((history) => history.witness(signal)))).filter(
      (witness) => witness !== undefined,
    )
    if (witnesses.length === 0)
      throw new PrometheusProblem(
        `has no samples of the run by ${KINDS_TITLE}${matching(options.match ?? [])}`,
      )
    const clock = Date.now() - span.untilMs < RECENT_MS ? await clockRemark(connection) : []
    return {
      witnesses,
      remarks: [
        ...histories.flatMap(({ remarks }) => remarks),
        ...witnesses.flatMap((witness) => widthRemark(witness, span)),
        ...connection.warnings,
        ...clock,
      ],
      missing: connection.missing.map((why) => `--prometheus ${connection.url}: ${why}`),
    }
  })
}

const matching = (match: readonly string[]): string =>
  match.length === 0 ? '' : ` that match ${match.join(',')}`

function widthRemark({ kind, fromMs, untilMs }: Witness, span: Span): string[] {
  const [before, after] = [-fromMs, untilMs - (span.untilMs - span.fromMs)]
  if (Math.max(before, after) < NOTABLE_MS) return []
  const seconds = (ms: number): string => (ms / 1000).toFixed(1)
  return [
    `${kind}: Prometheus' window is the run and ${seconds(before)} s before and ${seconds(after)} s after it; what others sent then is in it`,
  ]
}

async function clockRemark(connection: PrometheusConnection): Promise<string[]> {
  // The samples are there; a server that does not tell its time is no reason to do without them.
  const clock = await connection.clockAhead().catch(() => undefined)
  if (clock === undefined)
    return ['Prometheus does not tell its time; a clock that is off would not be noticed']
  const { aheadMs, withinMs } = clock
  if (Math.abs(aheadMs) < withinMs + 500) return []
  const way = aheadMs > 0 ? 'ahead of' : 'behind'
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1)
  return [`Prometheus' clock is ${seconds} s ${way} this machine's, and so is its window`]
}

async function named<T>(connection: PrometheusConnection, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof PrometheusProblem)) throw error
    throw new WitnessProblem(`--prometheus ${connection.url}`, error.message, error)
  }
}
