import type { Logger } from '../logger.ts'
import { type ClientOptions, UpstreamClient } from './client.ts'
import { UpstreamHealth } from './health.ts'
import { Models } from './models.ts'
import type { Upstream } from './upstream.ts'

/** A model server, and who is told of its state. */
export interface ModelServerOptions extends ClientOptions {
  /** The model for calls that name none; default: the first listed one. */
  model: string | undefined
  /** Called when the server has first answered or failed to, then on each change. */
  onReachable: (reachable: boolean) => void
  /** Called with the ids of each list of models. */
  onModels: (ids: string[]) => void
}

/** One OpenAI-compatible server as the upstream: its client, its list of models and its health. */
export function createModelServer(options: ModelServerOptions, log: Logger): Upstream {
  const health = new UpstreamHealth(options.onReachable)
  const client = new UpstreamClient(options, health, log)
  const models = new Models(client, options.model, options.onModels)
  return {
    models: () => models.list(),
    resolve: (wanted) => models.resolve(wanted),
    likely: (wanted) => models.likely(wanted),
    contextLength: (model) => models.contextLength(model),
    countTokens: (model, messages, signal) => client.countTokens(model, messages, signal),
    complete: (request, sink, signal) => client.complete(request, sink, signal),
    relay: (request, sink, signal) => client.relay(request, sink, signal),
    state: () => health.state(),
    probe: () => models.refresh(),
    close: () => client.close(),
  }
}
