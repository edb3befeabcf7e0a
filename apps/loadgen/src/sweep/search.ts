/** The settings of a search. */
export interface SearchOptions {
  readonly from: number
  readonly to: number
  /** Factor from one load to the next on the way upwards. */
  readonly growth: number
  /** The search ends when the smallest load that missed is at most this share above the largest that met. */
  readonly precision: number
  /** Loads are whole numbers (users). */
  readonly whole: boolean
}

/** The limit lies between these two loads; `undefined` if no load was on that side. */
export interface Bracket {
  readonly met: number | undefined
  readonly missed: number | undefined
}

/**
 * Finds the largest load that is met: upwards in steps until one misses, then at the geometric mean of the two.
 * @param meets tries a load, once for each; `undefined` ends the search
 */
export async function search(
  { from, to, growth, precision, whole }: SearchOptions,
  meets: (load: number, bracket: Bracket) => Promise<boolean | undefined>,
): Promise<Bracket> {
  const rounded = (load: number): number => (whole ? Math.round(load) : Number(load.toPrecision(4)))
  let bracket: Bracket = { met: undefined, missed: undefined }
  for (let load = from; ;) {
    const met = await meets(load, bracket)
    if (met === undefined) return bracket
    bracket = met ? { ...bracket, met: load } : { ...bracket, missed: load }
    if (bracket.missed === undefined) {
      if (load >= to) return bracket
      load = Math.min(to, Math.max(rounded(load * growth), whole ? load + 1 : 0))
      continue
    }
    if (bracket.met === undefined) return bracket
    const middle = rounded(Math.sqrt(bracket.met * bracket.missed))
    const between = middle > bracket.met && middle < bracket.missed
    if (!between || bracket.missed <= bracket.met * (1 + precision)) return bracket
    load = middle
  }
}
