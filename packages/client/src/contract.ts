import type { AppRouter } from '@slicechat/api'
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'

type Inputs = inferRouterInputs<AppRouter>
type Outputs = inferRouterOutputs<AppRouter>

export type {
  Conversation,
  ConversationSummary,
  ErrorCode,
  FinishedEvent,
  GenerationEvent,
  Message,
  RunSummary,
  SystemStatus,
} from '@slicechat/contract'

export type ModelInfo = Outputs['models']['list'][number]
/** A load test run, with the content of its `run.json`. */
export type Run = Outputs['runs']['get']

/** Ids of an answer in a conversation. */
export type AnswerIds = Outputs['conversations']['send']

/** The client makes `requestId` itself, so that a retry can never start a second answer. */
export type GenerateInput = Omit<Inputs['generations']['start'], 'requestId'>
export type SendInput = Omit<Inputs['conversations']['send'], 'requestId'>
export type RegenerateInput = Omit<Inputs['conversations']['regenerate'], 'requestId'>
