import type { Kind } from './families.ts'

/** Milliseconds between two scrapes: sampling a GPU often costs it speed. */
export const defaultIntervalMs = (kind: Kind): number => (kind === 'dcgm' ? 5000 : 1000)
