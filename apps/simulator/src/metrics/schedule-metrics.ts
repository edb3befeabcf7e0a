import type { StepObserver } from '../engine/engine.ts'
import type { Registry } from './registry.ts'
import type { VllmMetrics } from './vllm-metrics.ts'

const ERROR_EDGES = [
  0.0001, 0.0002, 0.0005, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.5, 1,
]

/** The simulator's own metrics: that it is a simulator, and the timing error against its schedule. */
export function simulatorMetrics(registry: Registry): (count: number, lateMs: number) => void {
  registry.gauge('simulator_info', 'This is a simulated vLLM server.')({}).value = 1
  const error = registry.histogram(
    'simulator_schedule_error_seconds',
    'How far each token was handed to its connection from the moment it was due, early or late.',
    ERROR_EDGES,
  )({})
  return (count, lateMs) => error.observe(Math.abs(lateMs) / 1000, count)
}

/** Counts the engine's steps in the metrics; with `withMfu` also their cost (`--enable-mfu-metrics`). */
export function stepObserver(
  metrics: VllmMetrics,
  observeLateness: (count: number, ms: number) => void,
  withMfu: boolean,
): StepObserver {
  return {
    step: ({ completedPromptTokens, producedTokens, flops, readBytes, writtenBytes }) => {
      // As in vLLM, a whole prompt counts in the step of its first token, and a step that produced no token does not
      // count.
      if (producedTokens > 0) metrics.iterationTokens.observe(completedPromptTokens + producedTokens)
      if (!withMfu) return
      metrics.flops.add(flops)
      metrics.readBytes.add(readBytes)
      metrics.writtenBytes.add(writtenBytes)
    },
    emitted: observeLateness,
  }
}
