import { setTimeout as sleep } from 'node:timers/promises'

/** Polls `ask` until its result is truthy. @throws after `ms` */
export async function until<T>(
  ask: () => T | Promise<T>,
  ms = 10_000,
): Promise<Exclude<T, null | false | undefined>> {
  const end = performance.now() + ms
  for (;;) {
    const answer = await ask()
    if (answer) return answer as Exclude<T, null | false | undefined>
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${ask.toString()}`)
    await sleep(10)
  }
}
