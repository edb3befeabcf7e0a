import { setTimeout as sleep } from 'node:timers/promises'

/** Asks again and again until the answer is truthy. @throws after `ms` */
export async function until<T>(ask: () => T | Promise<T>, ms = 10_000): Promise<T> {
  const end = performance.now() + ms
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${ask.toString()}`)
    await sleep(10)
  }
}
