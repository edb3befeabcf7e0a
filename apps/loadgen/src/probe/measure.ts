import autocannon from 'autocannon'
import { LatencyHistogram } from '@slicechat/run'

/** A request that the probe repeats. */
export interface ProbeRequest {
  readonly name: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Text that marks the first part of the body with content, whose time is taken; `undefined`: any first part. */
  readonly content: string | undefined
}

/** Milliseconds. */
interface Quantiles {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** The results of one request at one number of connections. */
export interface Measured {
  readonly name: string
  readonly connections: number
  readonly seconds: number
  readonly requestsPerSecond: number
  readonly megabytesPerSecond: number
  /** Times of whole responses, in whole milliseconds as autocannon counts them. */
  readonly latencyMs: Quantiles
  /** From writing a request to the first part of its body with content, with microsecond resolution. */
  readonly firstContentMs: Quantiles | null
  readonly failed: number
  /** CPU cores that this process used; near 1, this process was the limit and not the server. */
  readonly clientCores: number
}

/** Longer than any answer; autocannon counts it from a request's start. */
const TIMEOUT_S = 600

/**
 * Repeats a request as fast as answers come, on a number of connections, for a number of seconds. No rate is
 * set: with one, autocannon's correction for coordinated omission would invent samples.
 */
export async function measure(
  { name, url, headers, content }: ProbeRequest,
  connections: number,
  seconds: number,
  signal: AbortSignal,
): Promise<Measured> {
  const firstContent = new LatencyHistogram()
  const cpuBefore = process.cpuUsage()
  const running = autocannon({
    url,
    connections,
    duration: seconds,
    headers,
    timeout: TIMEOUT_S,
    setupClient: (client) => {
      let sentAt = 0
      // autocannon's types leave this event out.
      const events: NodeJS.EventEmitter = client
      events.on('request', () => (sentAt = performance.now()))
      client.on('body', (chunk) => {
        if (sentAt === 0 || (content !== undefined && !chunk.includes(content))) return
        firstContent.record(performance.now() - sentAt)
        sentAt = 0
      })
    },
  })
  const stop = (): void => (running as unknown as autocannon.Instance).stop()
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  const result = await Promise.resolve(running).finally(() => signal.removeEventListener('abort', stop))
  const { user, system } = process.cpuUsage(cpuBefore)
  const { p50, p99, max } = result.latency
  const quantile = (q: number): number => firstContent.quantile(q) ?? 0
  return {
    name,
    connections,
    seconds: result.duration,
    requestsPerSecond: result['2xx'] / result.duration,
    megabytesPerSecond: result.throughput.total / result.duration / 1e6,
    latencyMs: { p50, p99, max },
    firstContentMs:
      firstContent.count === 0 ? null : { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) },
    failed: result.non2xx + result.errors + result.timeouts,
    clientCores: (user + system) / 1e6 / result.duration,
  }
}
