import type { AppRouter } from '@slicechat/api'
import type { TRPCClientError } from '@trpc/client'
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'

type Inputs = inferRouterInputs<AppRouter>
type Outputs = inferRouterOutputs<AppRouter>

type Tracked = Outputs['generations']['stream'] extends AsyncIterable<infer Item> ? Item : never

/** One step of a generation; `finished` is always the last. See the API's contract for each. */
export type GenerationEvent = Tracked extends { data: infer Event } ? Event : never
export type FinishedEvent = Extract<GenerationEvent, { type: 'finished' }>

export type Conversation = Outputs['conversations']['get']
export type ConversationSummary = Outputs['conversations']['list']['items'][number]
export type Message = Conversation['messages'][number]
export type ModelInfo = Outputs['models']['list'][number]
/** A load test run, with the content of its `run.json`. */
export type Run = Outputs['runs']['get']
export type RunSummary = Outputs['runs']['list']['items'][number]
export type SystemStatus = Outputs['system']['status']

/** Ids of an answer in a conversation. */
export type AnswerIds = Outputs['conversations']['send']

/** The client makes `requestId` itself, so that a retry can never start a second answer. */
export type GenerateInput = Omit<Inputs['generations']['start'], 'requestId'>
export type SendInput = Omit<Inputs['conversations']['send'], 'requestId'>
export type RegenerateInput = Omit<Inputs['conversations']['regenerate'], 'requestId'>

type ApiErrorCode = NonNullable<TRPCClientError<AppRouter>['data']>['code']

/** The API's codes, and three that only a client can meet. */
export type ErrorCode = ApiErrorCode | 'API_UNREACHABLE' | 'CONNECTION_LOST' | 'CLIENT_FAILED'
