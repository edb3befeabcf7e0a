import type { Party, Quantity } from './difference.ts'

/** The names of the parties in sentences. */
export const PARTY_NAMES: Readonly<Record<Party, string>> = {
  client: 'the client',
  api: 'the API',
  vllm: 'vLLM',
}

/** The titles of the parties in tables and charts. */
export const PARTY_TITLES: Readonly<Record<Party, string>> = { client: 'Client', api: 'API', vllm: 'vLLM' }

/** The titles of the ledger's rows. */
export const QUANTITY_TITLES: Readonly<Record<Quantity, string>> = {
  started: 'Requests started',
  finished: 'Requests finished',
  aborted: 'Requests aborted',
  failed: 'Requests failed',
  rejected: 'Requests turned away',
  finishedPromptTokens: 'Prompt tokens of finished answers',
  promptTokens: 'Prompt tokens',
  finishedCompletionTokens: 'Completion tokens of finished answers',
  completionTokens: 'Completion tokens',
}
