import { E2E_EDGES, FIRST_TOKEN_EDGES, INTER_TOKEN_EDGES, QUEUE_EDGES, TOKEN_EDGES } from './buckets.ts'
import type { VllmMetricName } from './engine-metrics.ts'

/** One metric of the API: its Prometheus definition, and the vLLM metrics that it may be compared with. */
export interface MetricDefinition {
  readonly name: `chat_${string}`
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly ('model' | 'status' | 'door' | 'kind' | 'code')[]
  /** The `# HELP` text, also the meaning given in docs/metrics.md. */
  readonly help: string
  /** Finite upper edges; histograms only. */
  readonly edges?: readonly number[]
  /** Comparable metrics of vLLM: one for a histogram, several where they add up to ours. */
  readonly vllm?: readonly VllmMetricName[]
}

/** How a generation ended, as counted by `chat_requests_total`. */
export const REQUEST_STATUSES = ['success', 'error', 'cancelled', 'rejected'] as const
/** How a generation ended. `cancelled`: stopped or abandoned. `rejected`: never admitted. */
export type RequestStatus = (typeof REQUEST_STATUSES)[number]

/** By which protocol a generation was asked for, as counted by `chat_requests_total`. */
export const DOORS = ['trpc', 'openai'] as const
/** By which protocol a generation was asked for: the typed API, or `/v1`. */
export type Door = (typeof DOORS)[number]

/** Values of the label `kind` of `chat_tokens_total`. */
export const TOKEN_KINDS = ['prompt', 'completion'] as const
/** A value of the label `kind` of `chat_tokens_total`. */
export type TokenKind = (typeof TOKEN_KINDS)[number]

/** Values of the label `kind` of `chat_retention_removed_total`. */
export const RETENTION_KINDS = ['conversation', 'run'] as const
/** A value of the label `kind` of `chat_retention_removed_total`. */
export type RetentionKind = (typeof RETENTION_KINDS)[number]

/** The `model` label of every model that the upstream does not list. */
export const OTHER_MODEL = 'other'

/** Every `chat_*` metric. The names are public: dashboards and alerts depend on them. */
export const CHAT_METRICS = {
  requests: {
    name: 'chat_requests_total',
    type: 'counter',
    labels: ['model', 'status', 'door'],
    help: 'Finished generations, by how they ended and by which protocol they were asked for',
    vllm: ['vllm:request_success_total'],
  },
  tokens: {
    name: 'chat_tokens_total',
    type: 'counter',
    labels: ['model', 'kind'],
    help: 'Tokens as vLLM counted them in the usage of each generation',
    vllm: ['vllm:prompt_tokens_total', 'vllm:generation_tokens_total'],
  },
  firstToken: {
    name: 'chat_first_token_latency_seconds',
    type: 'histogram',
    labels: ['model', 'door'],
    help: 'Time to first token: request accepted to first non-empty content or reasoning, queueing included',
    edges: FIRST_TOKEN_EDGES,
    vllm: ['vllm:time_to_first_token_seconds'],
  },
  e2e: {
    name: 'chat_e2e_latency_seconds',
    type: 'histogram',
    labels: ['model'],
    help: 'Request accepted to last token',
    edges: E2E_EDGES,
    vllm: ['vllm:e2e_request_latency_seconds'],
  },
  interToken: {
    name: 'chat_inter_token_latency_seconds',
    type: 'histogram',
    labels: ['model'],
    help: 'Mean time between tokens: (last - first) / (tokens - 1), one observation a generation',
    edges: INTER_TOKEN_EDGES,
    vllm: ['vllm:request_time_per_output_token_seconds'],
  },
  queueWait: {
    name: 'chat_queue_wait_seconds',
    type: 'histogram',
    labels: ['model'],
    help: 'Wait for admission: request accepted to leaving the queue of the API',
    edges: QUEUE_EDGES,
    vllm: ['vllm:request_queue_time_seconds'],
  },
  upstreamFirstToken: {
    name: 'chat_upstream_first_token_latency_seconds',
    type: 'histogram',
    labels: ['model'],
    help: 'Upstream request sent (the attempt that answered) to first token',
    edges: FIRST_TOKEN_EDGES,
    vllm: ['vllm:time_to_first_token_seconds'],
  },
  clientFirstToken: {
    name: 'chat_client_first_token_latency_seconds',
    type: 'histogram',
    labels: ['model'],
    help: 'Time to first token as the browsers of real users measured it, once an answer, clamped',
    edges: FIRST_TOKEN_EDGES,
    vllm: ['vllm:time_to_first_token_seconds'],
  },
  clientInterToken: {
    name: 'chat_client_inter_token_latency_seconds',
    type: 'histogram',
    labels: ['model'],
    help: 'Mean time between tokens as the browsers of real users measured it, once an answer, clamped',
    edges: INTER_TOKEN_EDGES,
    vllm: ['vllm:request_time_per_output_token_seconds'],
  },
  promptTokens: {
    name: 'chat_prompt_tokens',
    type: 'histogram',
    labels: ['model'],
    help: 'Size of a prompt in tokens',
    edges: TOKEN_EDGES,
    vllm: ['vllm:request_prompt_tokens'],
  },
  completionTokens: {
    name: 'chat_completion_tokens',
    type: 'histogram',
    labels: ['model'],
    help: 'Size of an answer in tokens',
    edges: TOKEN_EDGES,
    vllm: ['vllm:request_generation_tokens'],
  },
  active: {
    name: 'chat_active_generations',
    type: 'gauge',
    labels: [],
    help: 'Generations that were admitted and have not ended',
    vllm: ['vllm:num_requests_running', 'vllm:num_requests_waiting'],
  },
  queued: {
    name: 'chat_queued_generations',
    type: 'gauge',
    labels: [],
    help: 'Generations that wait for admission',
  },
  subscribers: {
    name: 'chat_stream_subscribers',
    type: 'gauge',
    labels: [],
    help: 'Open subscriptions that tail a generation',
  },
  resumes: {
    name: 'chat_stream_resumes_total',
    type: 'counter',
    labels: [],
    help: 'Subscriptions that resumed a generation from a last event id',
  },
  upstreamErrors: {
    name: 'chat_upstream_errors_total',
    type: 'counter',
    labels: ['code'],
    help: 'Failures of the upstream, by error code',
  },
  upstreamUp: {
    name: 'chat_upstream_up',
    type: 'gauge',
    labels: [],
    help: '1 when the upstream answered its last check, else 0 (0 before the first)',
  },
  retentionRemoved: {
    name: 'chat_retention_removed_total',
    type: 'counter',
    labels: ['kind'],
    help: 'Conversations and runs that were removed because of their age',
  },
} as const satisfies Record<string, MetricDefinition>
