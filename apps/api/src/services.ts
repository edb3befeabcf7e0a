import { type BudgetStatus, LIMITS, type SystemStatus, type UsageDay } from '@slicechat/contract'
import type { ChatMetrics } from '@slicechat/metrics'
import packageJson from '../package.json' with { type: 'json' }
import type { Principal } from './access/access.ts'
import type { Budgets } from './access/budgets/budgets.ts'
import type { AccountParts } from './accounts/account-parts.ts'
import { OwnAccount } from './accounts/own-account.ts'
import { OwnKeys } from './accounts/own-keys.ts'
import { People } from './accounts/people.ts'
import { Supervision } from './accounts/supervision.ts'
import { Conversations } from './conversations/conversations.ts'
import type { Revisions } from './conversations/revisions.ts'
import type { StartedAnswer } from './conversations/started-answer.ts'
import type { Admission } from './generations/admission.ts'
import type { Generations } from './generations/generations.ts'
import { OwnGenerations } from './generations/own-generations.ts'
import { SingleFlight } from './generations/single-flight.ts'
import { Runs } from './runs/runs.ts'
import type { AuditStore } from './store/audit.ts'
import type { ConversationStore } from './store/conversations.ts'
import type { GenerationStore } from './store/generations.ts'
import type { RunStore } from './store/runs.ts'
import type { UsageRange } from './store/usage.ts'
import type { Model, Upstream } from './upstream/upstream.ts'

/** What the services are made of, for all callers. */
export interface ServiceParts {
  limits: Omit<SystemStatus['limits'], 'messageChars'>
  metrics: ChatMetrics
  upstream: Upstream
  admission: Admission
  budgets: Budgets
  generations: Generations
  conversationStore: ConversationStore
  generationStore: GenerationStore
  runStore: RunStore
  /** Whether the database can be used now. */
  storeIsUsable: () => boolean
  revisions: Revisions
  accounts: AccountParts & { auditStore: AuditStore }
}

/** The only door of the procedures: the data of one owner, and what all callers share. */
export interface Services {
  conversations: Conversations
  generations: OwnGenerations
  /** What the caller has used of its limits. */
  budget: () => Promise<BudgetStatus>
  /** What the caller has used by day and model. */
  usage: (range: UsageRange) => Promise<UsageDay[]>
  keys: OwnKeys
  supervision: Supervision
  runs: Runs
  models: () => Promise<Model[]>
  status: () => SystemStatus
  metrics: ChatMetrics
  account: OwnAccount
  people: People
}

/** Makes the services of a caller. It is called for each call, so it does next to nothing. */
export type ServicesOf = (principal: Principal, address?: string) => Services

/** Makes what all callers share, once. @returns makes the services of one caller */
export function createServices(parts: ServiceParts): ServicesOf {
  const { metrics, upstream, admission, generations, runStore, revisions } = parts
  const conversationParts = { ...parts, starting: new SingleFlight<StartedAnswer>() }
  const generationParts = { ...parts, starting: new SingleFlight<{ generationId: string }>() }
  const shared = { ...parts.limits, messageChars: LIMITS.messageChars }
  return (principal, address = '') => {
    const { owner, keyId } = principal
    return {
      conversations: new Conversations({ owner, keyId }, conversationParts),
      generations: new OwnGenerations({ owner, keyId }, generationParts),
      budget: () => parts.budgets.status({ owner, keyId }),
      runs: new Runs(owner, runStore),
      models: () => upstream.models(),
      status: () => ({
        version: packageJson.version,
        draining: generations.draining,
        upstream: upstream.state(),
        store: parts.storeIsUsable() ? 'up' : 'down',
        activeGenerations: admission.active,
        queuedGenerations: admission.queued,
        conversationsRevision: revisions.of(owner),
        limits: shared,
      }),
      metrics,
      usage: (range) => parts.accounts.usage.ofOwner(owner, range),
      keys: new OwnKeys(principal, address, parts.accounts),
      supervision: new Supervision(principal, address, parts.accounts),
      account: new OwnAccount(principal, address, parts.accounts),
      people: new People(principal, address, parts.accounts),
    }
  }
}
