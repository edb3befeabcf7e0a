let pending: (() => void)[] = []

/**
 * Runs `work` once everything that has arrived by now is read. Writing to all readers in one go, instead of to each
 * between two reads, wakes what reads them less often: a tenth of the CPU at 400 streams. It waits for no timer.
 */
export function atEndOfTurn(work: () => void): void {
  if (pending.push(work) === 1) setImmediate(endTurn)
}

/** Does now what waits for the end of the turn: whoever begins something long does this first. */
export function endTurn(): void {
  const now = pending
  pending = []
  for (const work of now) work()
}
