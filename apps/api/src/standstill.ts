const LOOK_EVERY_MS = 250
/** Length of a pause of the event loop above which it counts as a standstill of the process. */
const STANDSTILL_MS = 1_000

let lookedAt = performance.now()
let endedAt = Number.NEGATIVE_INFINITY

function look(): void {
  const now = performance.now()
  if (now - lookedAt > STANDSTILL_MS) endedAt = now
  lookedAt = now
}

setInterval(look, LOOK_EVERY_MS).unref()

/**
 * Whether this process has just stood still for over a second, because the machine was suspended or overloaded or the
 * event loop was blocked. After a standstill, timers fire before the process has read the data that arrived meanwhile.
 * So a timer that would report a peer as silent has to start again instead.
 */
export function stoodStill(): boolean {
  look()
  return performance.now() - endedAt < STANDSTILL_MS
}
