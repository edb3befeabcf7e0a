import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { BoundedLabel } from './bounded-label.ts'
import type {
  Door,
  MetricDefinition,
  RequestStatus,
  RetentionKind,
  TokenKind,
} from './chat-metric-definitions.ts'
import {
  CHAT_METRICS,
  DOORS,
  OTHER_MODEL,
  REQUEST_STATUSES,
  RETENTION_KINDS,
  TOKEN_KINDS,
} from './chat-metric-definitions.ts'
import { MIN_INTER_TOKEN_MS, type Timings } from './stream-meter.ts'

/** Upper limits of what a browser reports, in seconds; a larger value is counted as the limit. */
const READER_LIMITS = { firstToken: 600, interToken: 60 } as const

/** Most distinct values of `code` in `chat_upstream_errors_total`, `OTHER` included; later ones count as `OTHER`. */
const MAX_CODES = 32

/** A generation that ended. */
export interface FinishedGeneration {
  readonly model: string
  readonly status: RequestStatus
  readonly door: Door
  /** From the generation's `StreamMeter`; a time that is `null` is not observed. */
  readonly timings?: Timings | undefined
  /** From the upstream's `usage`, never from counting pieces of text. */
  readonly usage?: { readonly promptTokens: number; readonly completionTokens: number } | undefined
}

/** Times that a browser measured and sent with `generations.report`, in milliseconds; `null`: not measured. */
export interface ReaderReport {
  readonly model: string
  readonly ttftMs: number | null
  readonly interTokenMsMean: number | null
}

/** A gauge that is set to the current value. */
export interface LevelGauge {
  set(value: number): void
}

/** A gauge that goes up and down by one. */
export interface StepGauge {
  inc(): void
  dec(): void
}

/** The metrics of one API process. It sets every label itself, so that callers cannot get one wrong. */
export interface ChatMetrics {
  /**
   * Tells which model ids the upstream lists. Their series exist at 0 from now on. An id stays known once it was
   * listed, so that an answer that outlives its model's listing keeps its label; any other id is counted as `other`.
   */
  setModels(ids: readonly string[]): void
  /**
   * Counts a generation that has ended; call it once for each. By status:
   * - `success`: request, tokens and every histogram;
   * - `error`, `cancelled`: request, tokens, both TTFTs and queue wait, as far as known. vLLM does the same: an aborted
   *   request counts its tokens and its TTFT but reaches no histogram of whole requests;
   * - `rejected`: the request only.
   */
  countGeneration(generation: FinishedGeneration): void
  /**
   * Counts the times that a reader's browser measured. A negative time to first token counts as 0, a time beyond
   * `READER_LIMITS` as the limit. A mean time between tokens below `MIN_INTER_TOKEN_MS` is not counted: the tokens
   * came in one burst.
   */
  observeClientReport(report: ReaderReport): void
  /** `chat_active_generations` */
  readonly active: LevelGauge
  /** `chat_queued_generations` */
  readonly queued: LevelGauge
  /** `chat_stream_subscribers` */
  readonly subscribers: StepGauge
  /** A subscription resumed from a last event id. */
  resumed(): void
  /** Counts a failure of the upstream. `code` is one of the error table; a text of another shape counts as `OTHER`. */
  upstreamError(code: string): void
  /** Whether the upstream answered its last check. */
  upstreamUp(up: boolean): void
  /** A conversation or a run was removed because of its age. */
  retentionRemoved(kind: RetentionKind): void
  /** The page that `/metrics` serves, to be sent with `contentType`. */
  text(): Promise<string>
  readonly contentType: string
  /** The registry, for metrics that an app adds. It is never prom-client's global one. */
  readonly registry: Registry
}

/**
 * Creates the `chat_*` metrics on a registry of their own.
 *
 * @param options.defaultMetrics also collect the metrics of Node and the process (`process_*`, `nodejs_*`); default true
 */
export function createChatMetrics(options: { defaultMetrics?: boolean } = {}): ChatMetrics {
  const registry = new Registry()
  if (options.defaultMetrics ?? true) collectDefaultMetrics({ register: registry })
  const series = createSeries(registry)
  const models = new BoundedLabel({ other: OTHER_MODEL })
  const codes = new BoundedLabel({ other: 'OTHER', admits: /^[A-Z][A-Z0-9_]{1,39}$/, max: MAX_CODES })

  for (const kind of RETENTION_KINDS) series.retentionRemoved.inc({ kind }, 0)

  const histograms = Object.values(series).filter((metric) => metric instanceof Histogram)

  return {
    setModels(ids) {
      for (const model of ids) {
        if (!models.add(model)) continue
        for (const status of REQUEST_STATUSES)
          for (const door of DOORS) series.requests.inc({ model, status, door }, 0)
        for (const kind of TOKEN_KINDS) series.tokens.inc({ model, kind }, 0)
        for (const histogram of histograms) if (histogram !== series.firstToken) histogram.zero({ model })
        for (const door of DOORS) series.firstToken.zero({ model, door })
      }
    },

    countGeneration({ model: id, status, door, timings, usage }) {
      const model = models.value(id)
      series.requests.inc({ model, status, door })
      if (status === 'rejected') return
      const whole = status === 'success'
      if (usage) {
        count(series.tokens, model, 'prompt', usage.promptTokens)
        count(series.tokens, model, 'completion', usage.completionTokens)
        if (whole) observe(series.promptTokens, { model }, usage.promptTokens)
        if (whole) observe(series.completionTokens, { model }, usage.completionTokens)
      }
      if (timings) {
        observe(series.queueWait, { model }, seconds(timings.queuedMs))
        observe(series.upstreamFirstToken, { model }, seconds(timings.upstreamTtftMs))
        observe(series.firstToken, { model, door }, seconds(timings.ttftMs))
        if (whole) observe(series.e2e, { model }, seconds(timings.e2eMs))
        if (whole) observe(series.interToken, { model }, seconds(timings.interTokenMsMean))
      }
    },

    observeClientReport({ model: id, ttftMs, interTokenMsMean }) {
      const model = models.value(id)
      observe(series.clientFirstToken, { model }, clamp(seconds(ttftMs), READER_LIMITS.firstToken))
      if (interTokenMsMean !== null && interTokenMsMean >= MIN_INTER_TOKEN_MS)
        observe(
          series.clientInterToken,
          { model },
          clamp(seconds(interTokenMsMean), READER_LIMITS.interToken),
        )
    },

    active: { set: (value) => series.active.set(value) },
    queued: { set: (value) => series.queued.set(value) },
    subscribers: { inc: () => series.subscribers.inc(), dec: () => series.subscribers.dec() },
    resumed: () => series.resumes.inc(),
    upstreamError: (code) => series.upstreamErrors.inc({ code: codes.value(code) }),
    upstreamUp: (up) => series.upstreamUp.set(up ? 1 : 0),
    retentionRemoved: (kind) => series.retentionRemoved.inc({ kind }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
    registry,
  }
}

type Catalogue = typeof CHAT_METRICS
type Label<D extends MetricDefinition> = D['labels'][number]
type SeriesOf<D extends MetricDefinition> = D['type'] extends 'counter'
  ? Counter<Label<D>>
  : D['type'] extends 'gauge'
    ? Gauge<Label<D>>
    : Histogram<Label<D>>
type AllSeries = { readonly [K in keyof Catalogue]: SeriesOf<Catalogue[K]> }

function createSeries(registry: Registry): AllSeries {
  const create = ({ name, type, labels: labelNames, help, edges = [] }: MetricDefinition) => {
    const config = { name, help, labelNames, registers: [registry] }
    if (type === 'counter') return new Counter(config)
    if (type === 'gauge') return new Gauge(config)
    return new Histogram({ ...config, buckets: [...edges] })
  }
  const entries = Object.entries(CHAT_METRICS).map(([key, definition]) => [key, create(definition)])
  return Object.fromEntries(entries) as AllSeries
}

const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000)

const clamp = (value: number | null, max: number): number | null =>
  value === null ? null : Math.min(Math.max(value, 0), max)

/** Observes a value, but leaves out `null` and anything not finite: one NaN would spoil the sum for good. */
function observe<L extends string>(
  histogram: Histogram<L>,
  labels: Readonly<Record<L, string>>,
  value: number | null,
): void {
  if (value !== null && Number.isFinite(value)) histogram.observe(labels, value)
}

/** Adds tokens, but ignores invalid numbers: counters throw on negative values, which must not end a good generation. */
function count(counter: Counter<'model' | 'kind'>, model: string, kind: TokenKind, tokens: number): void {
  if (Number.isFinite(tokens) && tokens >= 0) counter.inc({ model, kind }, tokens)
}
