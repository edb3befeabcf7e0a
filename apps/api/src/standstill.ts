const lookEveryMs = 250
/** A pause of the event loop from which on it counts as a standstill of the process. */
const standstillMs = 1_000

let lookedAt = performance.now()
let endedAt = Number.NEGATIVE_INFINITY

function look(): void {
  const now = performance.now()
  if (now - lookedAt > standstillMs) endedAt = now
  lookedAt = now
}

setInterval(look, lookEveryMs).unref()

/**
 * Whether this process has just stood still for over a second: a suspended machine, a starved one, a blocked event
 * loop. Its timers are due before it has read what came meanwhile, so the silence that they find is its own: a timer
 * that would give somebody up begins anew instead.
 */
export function stoodStill(): boolean {
  look()
  return performance.now() - endedAt < standstillMs
}
