import { setTimeout as sleep } from 'node:timers/promises'
import type { FinishedEvent } from '@slicechat/contract'
import type { ChatMetrics } from '@slicechat/metrics'
import { CodedError, OPERATOR_ERRORS, unexpected } from '../errors.ts'
import type { PromptMessage } from '../input.ts'
import type { Logger } from '../logger.ts'
import { isUnavailable } from '../store-unavailable.ts'
import { fitContext } from '../upstream/context.ts'
import type { Completion } from '../upstream/completion.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Admission } from './admission.ts'
import type { Generation } from './generation.ts'
import { isOfUpstream, isRefusal } from './outcome.ts'
import { DEFAULT_ANSWER_TOKENS } from './token-estimate.ts'
import { unlessEnded } from './unless-ended.ts'

/** Parts of the API that a generation needs. */
export interface GenerationDependencies {
  admission: Admission
  upstream: Upstream
  metrics: ChatMetrics
  log: Logger
}

/** Longest outage of the store that an acknowledged answer waits for, and the pause between two attempts to read. */
const MAX_OUTAGE_MS = 60_000
const READ_AGAIN_MS = 500

function statusOf({ reason, error }: FinishedEvent): 'success' | 'error' | 'cancelled' | 'rejected' {
  if (reason === 'stop' || reason === 'length') return 'success'
  if (reason === 'stopped' || reason === 'abandoned') return 'cancelled'
  return error !== undefined && isRefusal(error.code) ? 'rejected' : 'error'
}

/** Reads from the store, and waits while it is away: the call has been acknowledged, and the caller waits already. */
async function onceAvailable<T>(read: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const deadline = performance.now() + MAX_OUTAGE_MS
  for (;;) {
    try {
      return await read()
    } catch (error) {
      if (!isUnavailable(error) || performance.now() > deadline) throw error
    }
    await sleep(READ_AGAIN_MS, undefined, { signal })
  }
}

async function answer(generation: Generation, { upstream }: GenerationDependencies): Promise<Completion> {
  const { request, signal } = generation
  const model = await unlessEnded(signal, upstream.resolve(request.model))
  let messages = await onceAvailable(() => request.prompt(), signal)
  let dropped = 0
  if (request.mayCut) {
    const contextLength = await unlessEnded(signal, upstream.contextLength(model))
    if (contextLength !== null) {
      const room = request.params.maxTokens ?? DEFAULT_ANSWER_TOKENS
      const count = (kept: readonly PromptMessage[]): Promise<number | null> =>
        upstream.countTokens(model, kept, signal)
      const fitted = await fitContext(messages, contextLength, room, count)
      ;({ messages, dropped } = fitted)
    }
  }
  signal.throwIfAborted()
  generation.started(model, dropped, messages)
  const { requestId, params } = request
  return upstream.complete({ requestId, model, messages, params }, generation.sink, signal)
}

/**
 * Takes one generation from the queue to its end. It never throws: every failure becomes the `finished` event. Every
 * end is counted here, once.
 */
export async function runGeneration(
  generation: Generation,
  dependencies: GenerationDependencies,
): Promise<FinishedEvent> {
  const { admission, metrics, log } = dependencies
  const { request, signal, meter } = generation
  let leave: (() => void) | undefined
  let event: FinishedEvent
  try {
    leave = await admission.enter(request.owner, (position) => generation.queuedAt(position), signal)
    meter.admitted()
    const { reason, note } = await answer(generation, dependencies)
    event = generation.finish(reason, { note })
  } catch (error) {
    if (generation.endReason !== undefined) event = generation.finish(generation.endReason)
    else {
      const coded = error instanceof CodedError ? error : unexpected(error)
      if (OPERATOR_ERRORS.has(coded.code))
        log.error({ err: error, requestId: request.requestId }, 'generation failed')
      if (isOfUpstream(coded.code)) metrics.upstreamError(coded.code)
      event = generation.finish('error', { error: coded.shape() })
    }
  } finally {
    leave?.()
  }
  const model = generation.model ?? dependencies.upstream.likely(request.model)
  metrics.countGeneration({
    door: 'trpc',
    model,
    status: statusOf(event),
    timings: event.timings,
    usage: event.usage,
  })
  log.info(
    {
      requestId: request.requestId,
      generationId: generation.id,
      owner: request.owner,
      model,
      reason: event.reason,
      ...(event.error === undefined ? {} : { code: event.error.code }),
      ...(event.note === undefined ? {} : { finishReason: event.note.reason }),
      usage: event.usage,
      timings: event.timings,
    },
    'generation finished',
  )
  return event
}
