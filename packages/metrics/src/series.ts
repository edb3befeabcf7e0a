import type { Labels } from './exposition.ts'

/** A value and the labels it belongs to. */
export interface Series<T> {
  readonly labels: Labels
  readonly value: T
}

/** One string for a set of labels, whatever their order; equal for equal sets only. */
export function labelsKey(labels: Labels): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return JSON.stringify(pairs)
}

/** The labels without one of them. */
export function labelsWithout(labels: Labels, name: string): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([other]) => other !== name))
}
