import type { Role } from '@slicechat/contract'

/** Who may enter by a provider, and as what. */
export interface RoleRules {
  /** The claim that has the values, such as `groups`. Dots lead into objects: `realm_access.roles`. */
  claim: string
  adminValues: readonly string[]
  /** Values of which a person needs one; none: everybody whom the provider lets in. Admins may enter in any case. */
  userValues: readonly string[]
  /** Domains of e-mail addresses that may enter; none: all. */
  emailDomains: readonly string[]
}

/** The values of a claim, whether it is a text or a list. */
function valuesOf(claims: Record<string, unknown>, claim: string): string[] {
  let value: unknown = claims[claim]
  if (value === undefined)
    value = claim
      .split('.')
      .reduce<unknown>(
        (at, key) => (typeof at === 'object' && at !== null ? (at as never)[key] : undefined),
        claims,
      )
  return [value].flat().filter((entry) => typeof entry === 'string')
}

/**
 * Whether the provider itself says that an e-mail address was never shown to be the person's. Anybody can write somebody else's
 * address there, so such a person may not enter under it. A provider that says nothing about it is believed.
 */
export const isUnverified = ({ email_verified: verified }: Record<string, unknown>): boolean =>
  verified === false || verified === 'false'

/** The role that a provider's claims give. @returns `undefined` for a person who may not enter */
export function roleOf(claims: Record<string, unknown>, rules: RoleRules): Role | undefined {
  const values = valuesOf(claims, rules.claim)
  const has = (wanted: readonly string[]): boolean => wanted.some((value) => values.includes(value))
  const domain =
    typeof claims['email'] === 'string' ? claims['email'].split('@').at(-1)?.toLowerCase() : undefined
  if (rules.emailDomains.length > 0 && (domain === undefined || !rules.emailDomains.includes(domain)))
    return undefined
  if (has(rules.adminValues)) return 'admin'
  return rules.userValues.length === 0 || has(rules.userValues) ? 'user' : undefined
}
