import { setTimeout as sleep } from 'node:timers/promises'
import { Children } from '../children.ts'
import { describeMachine } from '../machine.ts'
import { MODEL, scrape, startServer, valueOf } from './server.ts'
import { StreamLoad } from './stream-load.ts'

const STREAMS = 100
const STEP_MS = 5
const ANSWER_TOKENS = 500
const SAMPLE_MS = 10_000
/** Share of the run in which code is compiled and the heap finds its size; memory is judged after it. */
const SETTLING_SHARE = 0.2

/**
 * Offers 20,000 tokens/s in answers of 500 tokens, 40 requests a second, each with its own prompt, to see if memory is
 * flat.
 */
export async function soak(seconds: number): Promise<void> {
  await using children = new Children()
  const server = await startServer(children, { engine: 'batching', stepMs: STEP_MS, maxNumSeqs: STREAMS })
  const load = new StreamLoad()
  await load.open(server.url, { streams: STREAMS, spreadMs: 500, model: MODEL, answerTokens: ANSWER_TOKENS })
  const samples: { atS: number; rssMiB: number }[] = []
  const started = performance.now()
  while (performance.now() - started < seconds * 1000) {
    await sleep(Math.min(SAMPLE_MS, seconds * 1000))
    const rss = valueOf(await scrape(server.url), 'process_resident_memory_bytes')
    samples.push({ atS: (performance.now() - started) / 1000, rssMiB: rss / 2 ** 20 })
    const { atS, rssMiB } = samples.at(-1) ?? { atS: 0, rssMiB: 0 }
    console.log(`${atS.toFixed(0).padStart(5)} s  ${rssMiB.toFixed(0)} MiB  ${load.answers} answers`)
  }
  load.close()
  const settled = samples.filter(({ atS }) => atS >= seconds * SETTLING_SHARE)
  const tokensPerS = Math.round(load.tokens / ((performance.now() - started) / 1000))
  const rss = settled.map(({ rssMiB }) => rssMiB)
  const figures = {
    tokensPerS,
    answers: load.answers,
    leastMiB: Math.round(Math.min(...rss)),
    mostMiB: Math.round(Math.max(...rss)),
    slopeMiBPerMinute: Number((slope(settled) * 60).toFixed(2)),
  }
  console.table(figures)
  console.log(JSON.stringify({ bench: 'simulator soak', ...describeMachine(), seconds, ...figures, samples }))
}

/** Slope in MiB per second, by least squares. */
function slope(samples: readonly { atS: number; rssMiB: number }[]): number {
  const mean = (pick: (sample: { atS: number; rssMiB: number }) => number) =>
    samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length
  const [t, m] = [mean(({ atS }) => atS), mean(({ rssMiB }) => rssMiB)]
  const covariance = samples.reduce((sum, { atS, rssMiB }) => sum + (atS - t) * (rssMiB - m), 0)
  const variance = samples.reduce((sum, { atS }) => sum + (atS - t) ** 2, 0)
  return variance === 0 ? 0 : covariance / variance
}
