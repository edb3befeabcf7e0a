import { GramSet } from './gram-set.ts'

/**
 * What search indexes of a text: numbers of 32 bits for what stands in it.
 *
 * - Each code unit of UTF-16, and each two that follow each other: exact, one number is one text.
 * - Each three that follow each other below `FIRST_IDEOGRAPH`, as a hash: two letters are in almost every text.
 * - Each seven with a space in the middle, as a hash: the ends of words that follow each other. Most texts have the parts of a
 *   phrase of common words, but not the phrase.
 *
 * Hashes are moved to where a high surrogate is followed by no low one, which well-formed text does not have. So a query
 * of one or two code units needs no second look at the text.
 */

/** Where the scripts begin in which two characters are as telling as three letters: CJK radicals, U+2E80. */
const FIRST_IDEOGRAPH = 0x2e80
/** A high surrogate; the ten bits below it take the upper bits of a hash. */
const HIGH_SURROGATE = 0xd800
/** An owner's number has this bit, hashes of three code units do not. */
const OWNER_BIT = 0x8000

/** Most numbers of a query that are looked up; a longer query is compared with the text in any case. */
const MAX_QUERY_GRAMS = 8

const SPACE = 0x20
/** Code units on each side of a space that are a number with it. */
const BESIDE_SPACE = 3

/** Code units that a query may have for the index alone to answer it. */
const EXACT_LENGTH = 2

/** Stands between two texts, and in no folded one. */
const SEPARATOR = '\uffff'

/**
 * Folds letters for comparing: the lower case of Unicode, and both forms of a Greek sigma as one, so that a text's letters
 * do not depend on what stands beside them. NUL, which PostgreSQL stores in no text, becomes a noncharacter.
 */
export const foldCase = (text: string): string =>
  text
    .toWellFormed()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .replaceAll(/[\0\uffff]/g, '\ufffe')

/** Folded texts as one, in which a folded query is found exactly if it is in one of them. */
export const joined = (texts: readonly string[]): string => texts.join(SEPARATOR)

const one = (unit: number): number => unit << 16
const two = (first: number, second: number): number => (first << 16) | second
const reserved = (hash: number, low: number): number =>
  ((HIGH_SURROGATE | ((hash >>> 15) & 0x3ff)) << 16) | low

function three(first: number, second: number, third: number): number {
  const hash = Math.imul(first + Math.imul(second + Math.imul(third, 0x2c1b3c6d), 0x297a2d39), 0x9e3779b1)
  return reserved(hash, (hash >>> 0) & 0x7fff)
}

/** @param space where a space is that has enough code units on both sides */
function joint(text: string, space: number): number {
  let hash = 0
  for (let at = space - BESIDE_SPACE; at <= space + BESIDE_SPACE; at++)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x9e3779b1) ^ (hash >>> 15)
  return reserved(hash, hash & 0x7fff)
}

/** The number that stands for an owner in the index; two owners may share one. */
export function ownerGram(owner: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < owner.length; at++) hash = Math.imul(hash ^ owner.charCodeAt(at), 0x01000193)
  return reserved(hash, OWNER_BIT | ((hash >>> 0) & 0x3fff))
}

const set = new GramSet()

/** All numbers of folded texts, each once. Nothing spans two of the texts. */
export function gramsOf(texts: readonly string[]): number[] {
  for (const text of texts) {
    let before = 0
    let last = 0
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      set.add(one(unit))
      if (at > 0) set.add(two(last, unit))
      if (at > 1 && unit < FIRST_IDEOGRAPH && last < FIRST_IDEOGRAPH && before < FIRST_IDEOGRAPH)
        set.add(three(before, last, unit))
      if (at >= 2 * BESIDE_SPACE && text.charCodeAt(at - BESIDE_SPACE) === SPACE)
        set.add(joint(text, at - BESIDE_SPACE))
      before = last
      last = unit
    }
  }
  return set.take()
}

/** What to look up for a folded query. */
export interface QueryGrams {
  /** Numbers that each text with the query has. */
  grams: number[]
  /** Whether each text with these numbers has the query. */
  exact: boolean
}

/** @param query a folded text of at least one code unit */
export function queryGrams(query: string): QueryGrams {
  if (query.length === 1) return { grams: [one(query.charCodeAt(0))], exact: true }
  const units = [...Array(query.length).keys()].map((at) => query.charCodeAt(at))
  const grams = new Set<number>()
  const isLetter = (at: number): boolean => (units[at] ?? FIRST_IDEOGRAPH) < FIRST_IDEOGRAPH
  const isTriple = (at: number): boolean => isLetter(at) && isLetter(at + 1) && isLetter(at + 2)
  for (const [at, unit] of units.entries()) {
    const [second, third] = [units[at + 1], units[at + 2]]
    if (second === undefined) break
    if (third !== undefined && isTriple(at)) grams.add(three(unit, second, third))
    else if (!isTriple(at - 1)) grams.add(two(unit, second))
  }
  const joints = new Set<number>()
  for (let at = BESIDE_SPACE; at < query.length - BESIDE_SPACE; at++)
    if (units[at] === SPACE) joints.add(joint(query, at))
  const telling = spread([...joints], MAX_QUERY_GRAMS)
  return {
    grams: [...telling, ...spread([...grams], MAX_QUERY_GRAMS - telling.length)],
    exact: query.length <= EXACT_LENGTH,
  }
}

/** At most `most` of some numbers, from all over. */
function spread(all: readonly number[], most: number): number[] {
  const step = Math.max(1, all.length / most)
  return all.filter((_, at) => Math.floor(at / step) !== Math.floor((at - 1) / step)).slice(0, most)
}
