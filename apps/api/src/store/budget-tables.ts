/** A personal API key. */
interface PersonalKeyRow {
  id: string
  user_id: string
  name: string
  /** SHA-256 of the key, in hexadecimal. */
  digest: string
  /** The first characters of the key. */
  start: string
  /** JSON of `Scope[]`. */
  scopes: string
  created_at: string
  expires_at: string | null
  last_used_at: string | null
  revoked_at: string | null
}

/** A budget that an admin has set. */
interface BudgetRow {
  kind: 'default' | 'owner' | 'key'
  /** The owner or the key's id; empty for the default. */
  subject: string
  answers_at_once: number | null
  requests_per_minute: number | null
  tokens_per_day: number | null
}

/** What one owner used on one day in UTC, by key (`''`: none) and model. */
interface UsageDayRow {
  day: string
  owner: string
  key: string
  model: string
  answers: number
  prompt_tokens: number
  completion_tokens: number
}

/** The tables of personal keys, budgets and usage. */
export interface BudgetTables {
  personal_keys: PersonalKeyRow
  budgets: BudgetRow
  usage_days: UsageDayRow
}
