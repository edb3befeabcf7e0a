import type { limits } from '@slicechat/contract'
import type { ChatMetrics } from '@slicechat/metrics'
import type { Conversations } from './conversations/conversations.ts'
import type { Revisions } from './conversations/revisions.ts'
import type { Admission } from './generations/admission.ts'
import type { Generations } from './generations/generations.ts'
import type { StatelessGenerations } from './generations/stateless-generations.ts'
import type { Runs } from './runs/runs.ts'
import type { ConversationStore } from './store/conversations.ts'
import type { GenerationStore } from './store/generations.ts'
import type { RunStore } from './store/runs.ts'
import type { UpstreamHealth } from './upstream/health.ts'
import type { Models } from './upstream/models.ts'

/** The services that the procedures use. `api.ts` creates them. */
export interface Services {
  version: string
  limits: {
    maxActive: number
    maxQueued: number
    queueTimeoutS: number
    messageChars: (typeof limits)['messageChars']
  }
  metrics: ChatMetrics
  health: UpstreamHealth
  models: Models
  admission: Admission
  generations: Generations
  statelessGenerations: StatelessGenerations
  conversations: Conversations
  conversationStore: ConversationStore
  generationStore: GenerationStore
  revisions: Revisions
  runs: Runs
  runStore: RunStore
}
