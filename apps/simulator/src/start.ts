import { randomBytes } from 'node:crypto'
import { systemClock } from './clock.ts'
import { configure, type Configuration } from './configuration/configure.ts'
import { defaultOptions, type SimulatorOptions } from './configuration/options.ts'
import { exporterOf, type DcgmExporter } from './dcgm/exporter.ts'
import { BatchingEngine } from './engine/batching-engine.ts'
import { rooflineOf } from './engine/cost.ts'
import type { Engine, StepObserver } from './engine/engine.ts'
import { FixedTimingEngine } from './engine/fixed-timing-engine.ts'
import type { Fault } from './faults/fault.ts'
import { FaultBoard } from './faults/fault-board.ts'
import { listen, closeServer } from './server/listening.ts'
import { createSimulatorServer } from './server/server.ts'
import { cacheConfig } from './metrics/cache-config.ts'
import { processMetrics } from './metrics/process-metrics.ts'
import { Registry } from './metrics/registry.ts'
import { simulatorMetrics, stepObserver } from './metrics/schedule-metrics.ts'
import { VllmMetrics } from './metrics/vllm-metrics.ts'
import { BLOCK_TOKENS } from './presets/memory.ts'
import { seedOf } from './text/random.ts'

/** A running simulator. */
export interface Simulator {
  /** `http://host:port`, without a path. */
  readonly url: string
  readonly port: number
  /** `http://host:port` of the simulated dcgm-exporter; `undefined` if there is none. */
  readonly dcgmUrl: string | undefined
  /** The model id that it serves. */
  readonly model: string
  readonly faults: { add(fault: Fault): void; clear(): void; list(): Fault[] }
  /** The page of `GET /metrics`. */
  metricsText(): string
  /** Waits up to `graceMs` (default 0) for running requests to end, then closes every connection and stops. */
  close(graceMs?: number): Promise<void>
}

/** The engine: one with fixed timing if that is set, otherwise one that simulates the timing of a GPU. */
function engineOf(configuration: Configuration, observer: StepObserver): Engine {
  const { ttftMs, itlMs, maxNumSeqs, maxNumBatchedTokens, preset } = configuration
  const clock = systemClock
  const blockTokens = BLOCK_TOKENS
  // vLLM keeps one of its blocks as a placeholder.
  const blocks = configuration.kvBlocks - 1
  if (ttftMs !== undefined && itlMs !== undefined)
    return new FixedTimingEngine({
      ttftMs,
      itlMs,
      maxRunning: maxNumSeqs,
      cacheTokens: blocks * blockTokens,
      clock,
      observer,
    })
  const cost = rooflineOf(preset)
  const prefixCaching = configuration.enablePrefixCaching
  return new BatchingEngine({
    maxNumSeqs,
    maxNumBatchedTokens,
    blockTokens,
    blocks,
    prefixCaching,
    cost,
    clock,
    observer,
  })
}

const observers = (observer: StepObserver, exporter: DcgmExporter | undefined): StepObserver =>
  exporter === undefined
    ? observer
    : {
        ...observer,
        step: (record) => {
          observer.step(record)
          exporter.step(record)
        },
      }

/**
 * Starts a simulated vLLM server in this process. `port: 0` takes any free port; every option may be left out.
 *
 * @throws {BadConfiguration} if the model does not fit on the slice, or another option is wrong
 *
 * @example
 * const simulator = await startSimulator({ port: 0, ttftMs: 5, itlMs: 1 })
 * simulator.faults.add({ kind: 'reset', afterTokens: 3, times: 1 })
 * await fetch(`${simulator.url}/v1/models`)
 * await simulator.close()
 */
export async function startSimulator(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  return start(configure({ ...defaultOptions, ...options }))
}

/** Starts a simulated vLLM server in this process, from options that were checked. */
export async function start(configuration: Configuration): Promise<Simulator> {
  const { servedModelName, maxModelLen } = configuration
  const nowS = () => Date.now() / 1000
  const registry = new Registry(nowS)
  processMetrics(registry, nowS)
  const metrics = new VllmMetrics(registry, {
    model: servedModelName,
    maxModelLen,
    cacheConfig: cacheConfig(configuration),
  })
  const observeLateness = simulatorMetrics(registry)
  const exporter = exporterOf(configuration, systemClock)
  const engine = engineOf(
    configuration,
    observers(stepObserver(metrics, observeLateness, configuration.enableMfuMetrics), exporter),
  )
  registry.beforePrint(() => {
    const { running, waiting, cacheUsage } = engine.load()
    metrics.running.value = running
    metrics.waiting.value = waiting
    metrics.waitingForCapacity.value = waiting
    metrics.cacheUsage.value = cacheUsage
  })
  const faults = new FaultBoard()
  const server = createSimulatorServer(
    {
      configuration,
      clock: systemClock,
      engine,
      faults,
      metrics,
      fingerprint: `vllm-0.32.0-${seedOf(servedModelName).toString(16).padStart(8, '0')}`,
      randomId: () => randomBytes(16).toString('hex'),
      createdS: () => Math.floor(nowS()),
    },
    registry,
  )
  const dcgmServer = exporter?.server()
  const close = async (graceMs = 0) => {
    if (graceMs > 0) await closeServer(server, graceMs)
    engine.close()
    await Promise.all([closeServer(server), dcgmServer && closeServer(dcgmServer)])
  }
  try {
    const address = await listen(server, configuration.port, configuration.host)
    // With `off` there is no server.
    const dcgm = dcgmServer && (await listen(dcgmServer, Number(configuration.dcgmPort), configuration.host))
    return {
      ...address,
      dcgmUrl: dcgm?.url,
      model: servedModelName,
      faults,
      metricsText: () => registry.print(),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
