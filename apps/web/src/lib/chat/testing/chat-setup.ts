import type { GenerationEvent } from '@slicechat/client'
import type { ChatEvents, ChatDependencies } from '../chat-dependencies.ts'
import { Chat } from '../chat.svelte.ts'
import type { ChatMessage } from '../message.svelte.ts'
import { ScriptedClient } from './scripted-client.ts'

export const started: GenerationEvent = { type: 'started', model: 'sim/a', queuedMs: 0, droppedMessages: 0 }
export const delta = (text: string): GenerationEvent => ({ type: 'delta', text })
const timings = {
  queuedMs: 0,
  upstreamTtftMs: 1,
  ttftMs: 1,
  e2eMs: 2,
  interTokenMsMean: 1,
  tokensPerSecond: 1,
  longestGapMs: 1,
}
export const finished = (
  over: Partial<Extract<GenerationEvent, { type: 'finished' }>> = {},
): GenerationEvent => ({
  type: 'finished',
  reason: 'stop',
  usage: { promptTokens: 1, completionTokens: 3 },
  timings,
  ...over,
})

/** @param over replaces some of the chat's dependencies, for instance with functions that throw */
export function setUp(
  over: Partial<Omit<ChatDependencies, 'events'>> & { events?: Partial<ChatEvents> } = {},
) {
  const script = new ScriptedClient()
  const created: string[] = []
  const begun: string[] = []
  const errors: unknown[] = []
  const unsent: unknown[][] = []
  const pauses: number[] = []
  let now = 0
  const chat = new Chat({
    client: script.port,
    branches: new Map<string, string | undefined>(),
    // Draws at once: the effect of frames has its own test.
    frames: (draw) => {
      queueMicrotask(draw)
      return () => undefined
    },
    now: () => (now += 10),
    sleep: (ms) => {
      pauses.push(ms)
      return new Promise((resolve) => setImmediate(resolve))
    },
    ...over,
    events: {
      onCreated: (id) => created.push(id),
      onBegun: (id) => begun.push(id),
      onChanged: () => undefined,
      onError: (e) => errors.push(e),
      onUnsent: (...told) => unsent.push(told),
      ...over.events,
    },
  })
  return { chat, script, created, begun, errors, unsent, pauses }
}

export const show = (chat: Chat) => chat.path.map(({ node }) => `${node.role[0] ?? ''}:${node.content}`)
export const lastOf = (chat: Chat) => chat.path.at(-1)?.node
export function answerOf(chat: Chat): ChatMessage {
  const node = lastOf(chat)
  if (!node) throw new Error('the page is empty')
  return node
}
export const asked = (script: ScriptedClient, name: string) => script.calls.filter(([call]) => call === name)
