import type { HistogramData } from '@slicechat/metrics/reading'
import type { Run } from '../schema/run.ts'
import { aWitness } from './parts.ts'
import type { Witness } from '../schema/witness.ts'

interface Sums {
  readonly prompt: number
  readonly completion: number
  readonly finished: number
  readonly cancelled: number
  readonly failed: number
  readonly rejected: number
}

/** What the API or vLLM would have reported about the sample run; failed requests never reached vLLM. */
export function sampleServer(
  kind: 'api' | 'vllm',
  run: Run,
  sums: Sums,
  histograms: Readonly<Record<string, HistogramData>>,
): Witness {
  const model = run.target.model
  const api = (name: string, extra: Record<string, string>, delta: number) => ({
    name,
    labels: { model, ...extra },
    delta,
  })
  const engine = (name: string, extra: Record<string, string>, delta: number) => ({
    name,
    labels: { model_name: model, engine: '0', ...extra },
    delta,
  })
  return aWitness({
    kind,
    fromMs: -500,
    untilMs: run.durationMs + 500,
    samples: Math.round(run.durationMs / 1000) + 1,
    simulated: kind === 'vllm',
    growth:
      kind === 'api'
        ? [
            api('chat_requests_total', { status: 'success' }, sums.finished),
            api('chat_requests_total', { status: 'cancelled' }, sums.cancelled),
            api('chat_requests_total', { status: 'error' }, sums.failed),
            api('chat_requests_total', { status: 'rejected' }, sums.rejected),
            api('chat_tokens_total', { kind: 'prompt' }, sums.prompt),
            api('chat_tokens_total', { kind: 'completion' }, sums.completion),
          ]
        : [
            engine('vllm:request_success_total', { finished_reason: 'stop' }, sums.finished),
            engine('vllm:request_success_total', { finished_reason: 'length' }, 0),
            engine('vllm:prompt_tokens_total', {}, sums.prompt),
            engine('vllm:generation_tokens_total', {}, sums.completion),
          ],
    histograms: Object.entries(histograms).map(([name, { edges, counts, sum }]) => ({
      name,
      labels: kind === 'api' ? { model } : { model_name: model, engine: '0' },
      edges: [...edges],
      counts: [...counts],
      sum,
    })),
    over:
      kind === 'api'
        ? []
        : ['vllm:num_requests_running', 'vllm:kv_cache_usage_perc'].map((name) => ({
            name,
            labels: { model_name: model, engine: '0' },
            type: 'gauge' as const,
            points: run.intervals.map(({ atMs, active }): [number, number] => [
              atMs + 1000,
              name.includes('kv') ? Math.min(1, active / 60) : active,
            ]),
          })),
  })
}

/** What a DCGM exporter would have reported, 0.3 s late, with a time in which it could not be reached. */
export function sampleDcgm(run: Run, tokens: readonly number[]): Witness {
  const every = 5
  const most = Math.max(1, ...tokens)
  const gap = { fromMs: run.durationMs * 0.5, untilMs: run.durationMs * 0.58, why: 'connection refused' }
  const slice = {
    UUID: 'GPU-0c5f',
    gpu: '0',
    modelName: 'NVIDIA A800-SXM4-40GB',
    GPU_I_PROFILE: '2g.10gb',
    GPU_I_ID: '3',
  }
  const card = { UUID: 'GPU-0c5f', gpu: '0', modelName: 'NVIDIA A800-SXM4-40GB' }
  const series = (name: string, labels: Record<string, string>, value: (load: number) => number) => ({
    name,
    labels,
    type: 'gauge' as const,
    points: tokens.flatMap((_, second): [number, number][] => {
      const at = second * 1000 + 300
      if (second % every !== 0 || (at >= gap.fromMs && at < gap.untilMs)) return []
      const window = tokens.slice(Math.max(0, second - every), second + 1)
      return [[at, value(window.reduce((sum, one) => sum + one, 0) / window.length / most)]]
    }),
  })
  const energy = tokens.map((count, second): [number, number] => [
    second * 1000,
    second * (90 + (140 * count) / most),
  ])
  return aWitness({
    kind: 'dcgm',
    fromMs: -500,
    untilMs: run.durationMs + 500,
    intervalMs: every * 1000,
    samples: Math.ceil(tokens.length / every),
    gaps: [gap],
    scrapeMs: 11,
    simulated: true,
    growth: [
      { name: 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', labels: card, delta: 1000 * (energy.at(-1)?.[1] ?? 0) },
    ],
    over: [
      series('DCGM_FI_PROF_GR_ENGINE_ACTIVE', slice, (load) => Math.min(1, 0.1 + load * 1.2)),
      series('DCGM_FI_PROF_DRAM_ACTIVE', slice, (load) => 0.05 + load * 0.8),
      series('DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', slice, (load) => load * 0.35),
      series('DCGM_FI_DEV_FB_USED', slice, () => 8_900),
      series('DCGM_FI_DEV_POWER_USAGE', card, (load) => 75 + 150 * load),
    ],
  })
}
