import type { Clock } from './clock.ts'
import type { Configuration } from './configuration/configure.ts'
import type { Engine } from './engine/engine.ts'
import type { FaultBoard } from './faults/fault-board.ts'
import type { VllmMetrics } from './metrics/vllm-metrics.ts'

/** The state that the parts of one simulator share: a slice of a GPU with a vLLM server on it. */
export interface SimulatorContext {
  readonly configuration: Configuration
  readonly clock: Clock
  readonly engine: Engine
  readonly faults: FaultBoard
  readonly metrics: VllmMetrics
  readonly fingerprint: string
  /** 128 random bits as 32 hexadecimal digits. */
  readonly randomId: () => string
  /** Whole seconds since 1970. */
  readonly createdS: () => number
}
