export { SCOPES } from './accounts.ts'
export type {
  AccessMode,
  AccountExportPage,
  AuditEntry,
  AuthMode,
  Budget,
  BudgetState,
  BudgetStatus,
  Invitation,
  ManagedInvitation,
  ManagedUsage,
  ManagedUser,
  OneTimeLink,
  PersonalKey,
  Profile,
  Role,
  RunningAnswer,
  Scope,
  SignedInSession,
  UsageDay,
} from './accounts.ts'
export { API_ERRORS, CLIENT_ERRORS } from './errors.ts'
export type { ApiErrorCode, Counted, ErrorCode, ErrorShape } from './errors.ts'
export type {
  ControlEvent,
  FinishedEvent,
  FinishNote,
  FinishReason,
  GenerationEvent,
  TextEvent,
  Usage,
} from './event.ts'
export { LIMITS } from './limits.ts'
export type {
  Conversation,
  ConversationExport,
  ConversationSummary,
  GenerationStatus,
  Message,
  MessageGeneration,
} from './message.ts'
export { omitUndefined } from './omit-undefined.ts'
export type { Page } from './page.ts'
export type { RunSummary } from './run-summary.ts'
export type { SystemStatus, UpstreamState } from './status.ts'
