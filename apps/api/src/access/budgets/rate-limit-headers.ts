import type { BudgetState, BudgetStatus } from '@slicechat/contract'

/** What `RateLimit-Policy` says of each limit beside its size: the window in seconds, or the unit where it is no request. */
const POLICIES: [limit: keyof BudgetStatus, name: string, parameters: string][] = [
  ['answersAtOnce', 'answers-at-once', 'qu="concurrent-requests"'],
  ['requestsPerMinute', 'requests-per-minute', 'w=60'],
  ['tokensPerDay', 'tokens-per-day', 'w=86400'],
]

const remaining = ({ limit, used }: BudgetState): number => Math.max(0, limit - used)
const seconds = (ms: number): string => String(Math.ceil(ms / 1000))

/**
 * The headers that tell a caller what is left of its budgets: `RateLimit-Policy` and `RateLimit` of
 * draft-ietf-httpapi-ratelimit-headers-11, which name every limit, and for the many clients that know only earlier drafts
 * `RateLimit-Limit`, `-Remaining` and `-Reset` of the limit in time of which the smallest share is left.
 * @param retryAfterMs time to wait after a refusal, for `Retry-After`
 * @returns lines of `[name, value]`; none without limits
 */
export function rateLimitHeaders(status: BudgetStatus, retryAfterMs?: number): [string, string][] {
  const headers: [string, string][] = []
  if (retryAfterMs !== undefined) headers.push(['Retry-After', seconds(retryAfterMs)])
  const policies: string[] = []
  const states: string[] = []
  let closest: BudgetState | undefined
  for (const [limit, name, parameters] of POLICIES) {
    const state = status[limit]
    if (state === null) continue
    policies.push(`"${name}";q=${state.limit};${parameters}`)
    states.push(
      `"${name}";r=${remaining(state)}${state.resetMs === null ? '' : `;t=${seconds(state.resetMs)}`}`,
    )
    if (state.resetMs === null) continue
    if (closest === undefined || share(state) < share(closest)) closest = state
  }
  if (states.length > 0)
    headers.push(['RateLimit-Policy', policies.join(', ')], ['RateLimit', states.join(', ')])
  if (closest !== undefined)
    headers.push(
      ['RateLimit-Limit', String(closest.limit)],
      ['RateLimit-Remaining', String(remaining(closest))],
      ['RateLimit-Reset', seconds(closest.resetMs ?? 0)],
    )
  return headers
}

const share = (state: BudgetState): number => remaining(state) / state.limit
