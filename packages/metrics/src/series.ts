import type { Labels } from './exposition.ts'

/** The value of one time series, with its labels. */
export interface Series<T> {
  readonly labels: Labels
  readonly value: T
}

/** A string that identifies a set of labels, regardless of their order. */
export function labelsKey(labels: Labels): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return JSON.stringify(pairs)
}

/** The labels without one of them. */
export function labelsWithout(labels: Labels, name: string): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([other]) => other !== name))
}
