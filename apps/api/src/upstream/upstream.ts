import type { UpstreamState } from '@slicechat/contract'
import type { ModelCard } from '@slicechat/model-server'
import type { Params, PromptMessage } from '../input.ts'
import type { Completion, CompletionSink } from './completion.ts'
import type { RelayedAnswer, RelaySink } from './relay.ts'

/** A model that can be asked. */
export interface Model extends Omit<ModelCard, 'ownedBy'> {
  /** Whether this model serves calls that name no model. */
  default: boolean
}

/** One answer that is asked for. */
export interface CompletionRequest {
  /** Sent as `X-Request-Id`, which makes it part of vLLM's own request id. */
  requestId: string
  model: string
  messages: readonly PromptMessage[]
  params: Params
}

/** Receives an answer as it comes. */
export interface UpstreamSink extends CompletionSink {
  /** Called when a request is sent to the model server, and again for each retry. */
  sent: () => void
}

/** A request that passes through, with everything in it that only caller and model server understand. */
export interface RelayRequest extends Omit<RelayedAnswer, 'takesOptions'> {
  requestId: string
  /** The model that the body names. */
  model: string
  /** Path under the model server's base URL, such as `/chat/completions`. */
  path: string
}

/** Receives an answer that passes through. */
export interface UpstreamRelaySink extends RelaySink {
  /** Called when a request is sent to the model server, and again for each retry. */
  sent: () => void
}

/**
 * Where answers come from, as the rest of the API sees it: today one model server (`createModelServer`). Every question
 * names its model, so that a pool of several servers can stand behind the same interface.
 */
export interface Upstream {
  /** The models that can be asked. @throws {CodedError} when no list was ever received, and none is now */
  models: () => Promise<Model[]>
  /** The model for a call that names one or none. @throws {CodedError} */
  resolve: (wanted: string | undefined) => Promise<string>
  /** The model under which a call is counted that never reached one. */
  likely: (wanted: string | undefined) => string
  /** The context length of a model in tokens, `null` if it is unknown. */
  contextLength: (model: string) => Promise<number | null>
  /** Counts a prompt exactly, chat template included; `null` if the server cannot. */
  countTokens: (
    model: string,
    messages: readonly PromptMessage[],
    signal: AbortSignal,
  ) => Promise<number | null>
  /** Streams one answer into `sink`. @throws {CodedError} with the reason; also when `signal` fires */
  complete: (request: CompletionRequest, sink: UpstreamSink, signal: AbortSignal) => Promise<Completion>
  /**
   * Passes one request and its answer through. Failures are retried until something was passed on.
   * @throws {CodedError} with the reason; also when `signal` fires
   */
  relay: (request: RelayRequest, sink: UpstreamRelaySink, signal: AbortSignal) => Promise<void>
  state: () => UpstreamState
  /** Asks for the list of models now, which also shows whether the server answers. */
  probe: () => Promise<unknown>
  close: () => Promise<void>
}
