import { createChatClient } from './index.ts'
import type {
  AnswerIds,
  Conversation,
  ConversationSummary,
  ErrorCode,
  FinishedEvent,
  GenerateInput,
  GenerationEvent,
  Message,
  ModelInfo,
  Run,
  RunSummary,
  SendInput,
  SystemStatus,
} from './index.ts'
import { expect, expectTypeOf, test } from 'vitest'

// This file does not compile when the contract breaks: fields may be added, but not renamed or removed.

interface Params {
  temperature?: number | undefined
  topP?: number | undefined
  maxTokens?: number | undefined
  minTokens?: number | undefined
  seed?: number | undefined
  stop?: string[] | undefined
  systemPrompt?: string | undefined
}
interface Ids {
  conversationId: string
  userMessageId: string
  messageId: string
  generationId: string
}
interface Timings {
  queuedMs: number | null
  upstreamTtftMs: number | null
  ttftMs: number | null
  e2eMs: number
  interTokenMsMean: number | null
  tokensPerSecond: number | null
  longestGapMs: number | null
}
type Reason = 'stop' | 'length' | 'stopped' | 'abandoned' | 'error' | 'interrupted'

const client = createChatClient({ url: 'http://127.0.0.1:1' })
type Api = typeof client.api

type Input<T> = T extends (input: infer I, ...rest: never[]) => unknown ? I : never
type Output<T> = T extends (...args: never[]) => Promise<infer O> ? O : never

test('generations', () => {
  type Start = Input<Api['generations']['start']['mutate']>
  expectTypeOf<{
    requestId: string
    messages: { role: 'system' | 'user' | 'assistant'; content: string }[]
    model?: string
    params?: Params
  }>().toExtend<Start>()
  expectTypeOf<Output<Api['generations']['start']['mutate']>>().toExtend<{ generationId: string }>()
  expectTypeOf<{ generationId: string; lastEventId?: string }>().toExtend<
    Input<Api['generations']['stream']['subscribe']>
  >()
  expectTypeOf<{ generationId: string }>().toExtend<Input<Api['generations']['stop']['mutate']>>()
  expectTypeOf<Output<Api['generations']['stop']['mutate']>>().toExtend<{ stopped: boolean }>()
  expectTypeOf<{
    generationId: string
    ttftMs: number | null
    interTokenMsMean: number | null
    longestGapMs: number | null
  }>().toExtend<Input<Api['generations']['report']['mutate']>>()
})

test('events of a generation', () => {
  expectTypeOf<GenerationEvent['type']>().toEqualTypeOf<
    'queued' | 'started' | 'reasoning' | 'delta' | 'finished'
  >()
  type Of<T extends GenerationEvent['type']> = Extract<GenerationEvent, { type: T }>
  expectTypeOf<Of<'queued'>>().toExtend<{ position: number }>()
  expectTypeOf<Of<'started'>>().toExtend<{ model: string; queuedMs: number; droppedMessages: number }>()
  expectTypeOf<Of<'reasoning'>>().toExtend<{ text: string }>()
  expectTypeOf<Of<'delta'>>().toExtend<{ text: string }>()
  expectTypeOf<FinishedEvent['reason']>().toEqualTypeOf<Reason>()
  expectTypeOf<FinishedEvent>().toExtend<{
    usage?: { promptTokens: number; completionTokens: number }
    timings: Timings
    error?: { code: ErrorCode; message: string; retryable: boolean }
  }>()
})

test('conversations', () => {
  expectTypeOf<{ query?: string; cursor?: string | null; limit?: number }>().toExtend<
    NonNullable<Input<Api['conversations']['list']['query']>>
  >()
  expectTypeOf<Output<Api['conversations']['list']['query']>>().toExtend<{
    items: { id: string; title: string; updatedAt: string }[]
    nextCursor: string | null
  }>()
  expectTypeOf<ConversationSummary>().toExtend<{ id: string; title: string; updatedAt: string }>()
  expectTypeOf<{ id: string }>().toExtend<Input<Api['conversations']['get']['query']>>()
  expectTypeOf<Conversation>().toExtend<{ id: string; title: string; messages: Message[] }>()
  expectTypeOf<Message>().toExtend<{
    id: string
    parentId: string | null
    role: 'user' | 'assistant'
    content: string
    reasoning: string
    createdAt: string
  }>()
  expectTypeOf<NonNullable<Message['generation']>>().toExtend<{
    id: string
    status: 'queued' | 'running' | 'finished'
    seq: string
    model: string | null
    reason?: Reason
    timings?: Timings
    droppedMessages: number
  }>()
  expectTypeOf<{
    requestId: string
    conversationId?: string
    parentId?: string | null
    content: string
    model?: string
    params?: Params
  }>().toExtend<Input<Api['conversations']['send']['mutate']>>()
  expectTypeOf<Output<Api['conversations']['send']['mutate']>>().toExtend<Ids>()
  expectTypeOf<AnswerIds>().toExtend<Ids>()
  expectTypeOf<{ requestId: string; messageId: string }>().toExtend<
    Input<Api['conversations']['regenerate']['mutate']>
  >()
  expectTypeOf<Output<Api['conversations']['regenerate']['mutate']>>().toExtend<Ids>()
  expectTypeOf<{ id: string; title: string }>().toExtend<Input<Api['conversations']['rename']['mutate']>>()
  expectTypeOf<{ id: string }>().toExtend<Input<Api['conversations']['remove']['mutate']>>()
  type File = Output<Api['conversations']['export']['query']>
  expectTypeOf<File>().toExtend<{ format: 'slicechat-conversation'; version: 1; title: string }>()
  expectTypeOf<File>().toExtend<Input<Api['conversations']['import']['mutate']>>()
  expectTypeOf<Output<Api['conversations']['import']['mutate']>>().toExtend<{ id: string }>()
})

test('runs', () => {
  type Upload = Input<Api['runs']['upload']['mutate']>
  expectTypeOf<{ run: Run }>().toExtend<Upload>()
  expectTypeOf<Output<Api['runs']['upload']['mutate']>>().toExtend<{ id: string; added: boolean }>()
  expectTypeOf<{ query?: string; cursor?: string | null; limit?: number }>().toExtend<
    NonNullable<Input<Api['runs']['list']['query']>>
  >()
  expectTypeOf<Output<Api['runs']['list']['query']>>().toExtend<{
    items: RunSummary[]
    nextCursor: string | null
  }>()
  expectTypeOf<RunSummary>().toExtend<{
    id: string
    name: string
    startedAt: string
    durationMs: number
    target: { kind: 'api' | 'openai'; model: string; simulated: boolean }
    peakUsers: number
    requests: number
    goodput: number | null
    ttftP95Ms: number | null
    tokensPerSecond: number | null
    verdict: string
    sound: boolean
  }>()
  expectTypeOf<Output<Api['runs']['get']['query']>>().toExtend<Run>()
  expectTypeOf<{ id: string }>().toExtend<Input<Api['runs']['remove']['mutate']>>()
})

test('models and system', () => {
  expectTypeOf<Output<Api['models']['list']['query']>>().toExtend<
    { id: string; maxModelLen: number | null; simulated: boolean }[]
  >()
  expectTypeOf<ModelInfo>().toExtend<{ id: string; maxModelLen: number | null; simulated: boolean }>()
  expectTypeOf<Output<Api['system']['status']['query']>>().toExtend<SystemStatus>()
  expectTypeOf<SystemStatus>().toExtend<{
    version: string
    upstream: { reachable: boolean }
    activeGenerations: number
    queuedGenerations: number
    limits: { maxActive: number; maxQueued: number }
  }>()
})

test('the client makes request ids itself', () => {
  expectTypeOf<GenerateInput>().not.toHaveProperty('requestId')
  expectTypeOf<SendInput>().not.toHaveProperty('requestId')
  expectTypeOf<ErrorCode>()
    .extract<'BAD_INPUT' | 'QUEUE_FULL' | 'API_UNREACHABLE'>()
    .toEqualTypeOf<'BAD_INPUT' | 'QUEUE_FULL' | 'API_UNREACHABLE'>()
  expect(client.transport).toBe('websocket')
})
