/** The parties that count. */
export type Party = 'client' | 'api' | 'vllm'

/** The quantities that the ledger compares, in the order in which it shows them. */
export type Quantity =
  | 'started'
  | 'finished'
  | 'aborted'
  | 'failed'
  | 'rejected'
  | 'finishedPromptTokens'
  | 'promptTokens'
  | 'finishedCompletionTokens'
  | 'completionTokens'

/** A known reason why two counts differ: by at least `least` and at most `most`, both signed. */
export interface Allowance {
  readonly why: string
  readonly least: number
  readonly most: number
}

/** `of` minus `against`, with its reasons: the parts and `unexplained` add up to `amount`. */
export interface Difference {
  readonly quantity: Quantity
  readonly of: Party
  readonly against: Party
  readonly amount: number
  readonly parts: readonly { readonly why: string; readonly amount: number }[]
  readonly unexplained: number
  /** No other amount would have been explained, so the two confirm each other. */
  readonly strict: boolean
}

/** An allowance whose amount is known. */
export const exactly = (amount: number, why: string): Allowance => ({ why, least: amount, most: amount })
/** An allowance of 0 to `most`, both included. */
export const upTo = (most: number, why: string): Allowance => ({ why, least: 0, most: Math.max(0, most) })
/** An allowance of −`most` to 0, both included. */
export const downTo = (most: number, why: string): Allowance => ({
  why,
  least: Math.min(0, -most),
  most: 0,
})

/** Explains a difference by its allowances, in their order; what goes beyond them stays unexplained. */
export function difference(
  quantity: Quantity,
  [of, a]: readonly [Party, number],
  [against, b]: readonly [Party, number],
  allowances: readonly Allowance[],
): Difference {
  const amount = a - b
  const parts = allowances.map(({ why, least, most }) => ({
    why,
    amount: Math.max(least, Math.min(most, 0)),
  }))
  let rest = amount - parts.reduce((sum, part) => sum + part.amount, 0)
  allowances.forEach(({ least, most }, index) => {
    const part = parts[index]
    if (!part || rest === 0) return
    const moved = Math.max(least, Math.min(most, part.amount + rest))
    rest -= moved - part.amount
    part.amount = moved
  })
  return {
    quantity,
    of,
    against,
    amount,
    parts: parts.filter((part) => part.amount !== 0),
    unexplained: rest,
    strict: allowances.every(({ least, most }) => least === most),
  }
}
