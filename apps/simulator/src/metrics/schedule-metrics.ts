import type { StepObserver } from '../engine/engine.ts'
import type { Registry } from './registry.ts'
import type { VllmMetrics } from './vllm-metrics.ts'

const ERROR_EDGES = [
  0.0001, 0.0002, 0.0005, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.5, 1,
]

/** What the simulator says of itself: that it is one, and how late it was against its own schedule. */
export function simulatorMetrics(registry: Registry): (count: number, lateMs: number) => void {
  registry.gauge('simulator_info', 'This is a simulated vLLM server.')({}).value = 1
  const error = registry.histogram(
    'simulator_schedule_error_seconds',
    'How far each token was handed to its connection from the moment it was due, early or late.',
    ERROR_EDGES,
  )({})
  return (count, lateMs) => error.observe(Math.abs(lateMs) / 1000, count)
}

/** Joins the engine's steps to the metrics; with `mfu` what they cost as well (`--enable-mfu-metrics`). */
export function stepObserver(
  metrics: VllmMetrics,
  late: (count: number, ms: number) => void,
  mfu: boolean,
): StepObserver {
  return {
    step: ({ begunPromptTokens, producedTokens, flops, readBytes, writtenBytes }) => {
      // As vLLM observes it: a prompt counts whole in the step of its first token, and a step that gave nobody a token
      // not at all.
      if (producedTokens > 0) metrics.iterationTokens.observe(begunPromptTokens + producedTokens)
      if (!mfu) return
      metrics.flops.add(flops)
      metrics.readBytes.add(readBytes)
      metrics.writtenBytes.add(writtenBytes)
    },
    emitted: late,
  }
}
