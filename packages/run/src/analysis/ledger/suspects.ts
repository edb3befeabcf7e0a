import type { Contradiction } from './contradictions.ts'
import type { Difference, Party } from './difference.ts'

type Pair = readonly [Party, Party]

/**
 * The parties that must be wrong. A party that contradicts itself is; else the one that every failed
 * comparison has in common, if the other two agree. If only one pair fails, a party is cleared if the third
 * confirms its very number.
 */
export function suspectsOf(
  parties: readonly Party[],
  differences: readonly Difference[],
  contradictions: readonly Contradiction[],
  beginnings: readonly (readonly [Party, Party, string])[],
): Party[] {
  const selves = parties.filter((party) => contradictions.some((one) => one.party === party))
  if (selves.length > 0) return selves
  const failed: Pair[] = [
    ...differences
      .filter(({ unexplained }) => unexplained !== 0)
      .map(({ of, against }): Pair => [of, against]),
    ...beginnings.map(([a, b]): Pair => [a, b]),
  ]
  if (failed.length === 0) return []
  const common = parties.filter((party) => failed.every((pair) => pair.includes(party)))
  if (common.length < 2) return common.length === 1 ? common : [...parties]
  const doubted = common.filter((party) => !isConfirmed(party, common, differences))
  return doubted.length === 0 ? common : doubted
}

/**
 * Whether a third party confirms this one's number of everything that the pair disagrees on, by a strict comparison.
 */
function isConfirmed(party: Party, pair: readonly Party[], differences: readonly Difference[]): boolean {
  const quantities = differences
    .filter(
      ({ unexplained, of, against }) => unexplained !== 0 && pair.includes(of) && pair.includes(against),
    )
    .map(({ quantity }) => quantity)
  return (
    quantities.length > 0 &&
    quantities.every((quantity) =>
      differences.some(
        (one) =>
          one.quantity === quantity &&
          (one.of === party || one.against === party) &&
          !(pair.includes(one.of) && pair.includes(one.against)) &&
          one.strict &&
          one.unexplained === 0,
      ),
    )
  )
}
