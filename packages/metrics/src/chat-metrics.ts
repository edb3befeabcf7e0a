import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { BoundedLabel } from './bounded-label.ts'
import type { MetricDefinition, RequestStatus, TokenKind } from './catalogue.ts'
import { CHAT_METRICS, OTHER_MODEL, REQUEST_STATUSES, TOKEN_KINDS } from './catalogue.ts'
import { MIN_INTER_TOKEN_MS, type Timings } from './stream-meter.ts'

/** What a browser reports is believed up to here; more is counted as this much, in seconds. */
export const READER_LIMITS = { firstToken: 600, interToken: 60 } as const

/** Distinct values that `chat_upstream_errors_total` takes for `code`; later ones are counted as `OTHER`. */
const MAX_CODES = 32

/** A generation that ended. */
export interface FinishedGeneration {
  readonly model: string
  readonly status: RequestStatus
  /** From its `StreamMeter`; what is `null` there is not observed. */
  readonly timings?: Timings | undefined
  /** From the upstream's usage, never from counting pieces. */
  readonly usage?: { readonly promptTokens: number; readonly completionTokens: number } | undefined
}

/** What a browser felt (`generations.report`), in milliseconds; `null`: not measured. */
export interface ReaderReport {
  readonly model: string
  readonly ttftMs: number | null
  readonly interTokenMsMean: number | null
}

/** A gauge that is set to what is. */
export interface LevelGauge {
  set(value: number): void
}

/** A gauge that goes up and down by one. */
export interface StepGauge {
  inc(): void
  dec(): void
}

/** The metrics of one API process. Handles every label, so that callers cannot get one wrong. */
export interface ChatMetrics {
  /**
   * The model ids that the upstream lists: their series exist at 0 from here on. Ids once listed stay known, so
   * that an answer that outlives its model's listing keeps its name; any other id is counted as `other`.
   */
  setModels(ids: readonly string[]): void
  /**
   * Counts a generation, once, when it has ended. By status:
   * - `success`: request, tokens and every histogram;
   * - `error`, `cancelled`: request, tokens, TTFT (both) and queue wait, as far as known — like vLLM, where an
   *   aborted request counts its tokens and its TTFT but reaches no histogram of whole requests;
   * - `rejected`: the request only.
   */
  finished(generation: FinishedGeneration): void
  /**
   * Counts what a reader's browser measured. A negative first token becomes 0, beyond `READER_LIMITS` becomes the
   * limit. Tokens below `MIN_INTER_TOKEN_MS` apart came in one burst and are not counted.
   */
  reader(report: ReaderReport): void
  /** `chat_active_generations` */
  readonly active: LevelGauge
  /** `chat_queued_generations` */
  readonly queued: LevelGauge
  /** `chat_stream_subscribers` */
  readonly subscribers: StepGauge
  /** A subscription resumed from a last event id. */
  resumed(): void
  /** The upstream failed. `code` is one of the error table's; anything of another shape counts as `OTHER`. */
  upstreamError(code: string): void
  /** Whether the upstream answered its last check. */
  upstreamUp(up: boolean): void
  /** The page that `/metrics` serves, to be sent with `contentType`. */
  text(): Promise<string>
  readonly contentType: string
  /** For what an app counts beside this. Never prom-client's global one. */
  readonly registry: Registry
}

/**
 * The `chat_*` metrics on a registry of their own.
 *
 * @param options.defaultMetrics also collect Node's and the process's own (`process_*`, `nodejs_*`); default true
 */
export function createChatMetrics(options: { defaultMetrics?: boolean } = {}): ChatMetrics {
  const registry = new Registry()
  if (options.defaultMetrics ?? true) collectDefaultMetrics({ register: registry })
  const series = createSeries(registry)
  const models = new BoundedLabel({ other: OTHER_MODEL })
  const codes = new BoundedLabel({ other: 'OTHER', admits: /^[A-Z][A-Z0-9_]{1,39}$/, max: MAX_CODES })

  const histograms = Object.values(series).filter((metric) => metric instanceof Histogram)

  return {
    setModels(ids) {
      for (const model of ids) {
        if (!models.add(model)) continue
        for (const status of REQUEST_STATUSES) series.requests.inc({ model, status }, 0)
        for (const kind of TOKEN_KINDS) series.tokens.inc({ model, kind }, 0)
        for (const histogram of histograms) histogram.zero({ model })
      }
    },

    finished({ model: id, status, timings, usage }) {
      const model = models.value(id)
      series.requests.inc({ model, status })
      if (status === 'rejected') return
      const whole = status === 'success'
      if (usage) {
        count(series.tokens, model, 'prompt', usage.promptTokens)
        count(series.tokens, model, 'completion', usage.completionTokens)
        if (whole) observe(series.promptTokens, model, usage.promptTokens)
        if (whole) observe(series.completionTokens, model, usage.completionTokens)
      }
      if (timings) {
        observe(series.queueWait, model, seconds(timings.queuedMs))
        observe(series.upstreamFirstToken, model, seconds(timings.upstreamTtftMs))
        observe(series.firstToken, model, seconds(timings.ttftMs))
        if (whole) observe(series.e2e, model, seconds(timings.e2eMs))
        if (whole) observe(series.interToken, model, seconds(timings.interTokenMsMean))
      }
    },

    reader({ model: id, ttftMs, interTokenMsMean }) {
      const model = models.value(id)
      observe(series.clientFirstToken, model, clamp(seconds(ttftMs), READER_LIMITS.firstToken))
      if (interTokenMsMean !== null && interTokenMsMean >= MIN_INTER_TOKEN_MS)
        observe(series.clientInterToken, model, clamp(seconds(interTokenMsMean), READER_LIMITS.interToken))
    },

    active: { set: (value) => series.active.set(value) },
    queued: { set: (value) => series.queued.set(value) },
    subscribers: { inc: () => series.subscribers.inc(), dec: () => series.subscribers.dec() },
    resumed: () => series.resumes.inc(),
    upstreamError: (code) => series.upstreamErrors.inc({ code: codes.value(code) }),
    upstreamUp: (up) => series.upstreamUp.set(up ? 1 : 0),
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

/** A value that is not a number is no observation; one bad number would spoil the sum for good. */
function observe(histogram: Histogram<'model'>, model: string, value: number | null): void {
  if (value !== null && Number.isFinite(value)) histogram.observe({ model }, value)
}

/** Counters refuse negative values by throwing, which must not end a generation that went well. */
function count(counter: Counter<'model' | 'kind'>, model: string, kind: TokenKind, tokens: number): void {
  if (Number.isFinite(tokens) && tokens >= 0) counter.inc({ model, kind }, tokens)
}
