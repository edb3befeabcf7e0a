import { parseExposition, type Family } from '@slicechat/metrics/reading'
import { expect, test } from 'vitest'
import { startSimulator } from '../index.ts'
import { recording } from '../testing/recording.ts'
import { numberText } from './number-text.ts'

/** Metrics of vLLM that the simulator lacks, because it does not run on Python. See docs/simulator-model.md. */
const LEFT_OUT = /^python_/
/** Metrics that the simulator adds. */
const ADDED = /^simulator_/

/** A family without its values: name, type, help, and the label sets in order, including `le`. */
function outline({ name, type, help, samples }: Family) {
  const series = samples.map((sample) => `${sample.name} ${JSON.stringify(sample.labels)}`)
  return { name, type, help, series }
}

const sameModel = (page: string) => page.replaceAll('sim/smollm2-135m', 'smollm2-135m')
/** Labels that depend on the cache. The recorded server has blocks of 128 tokens and another cache size. */
const sizes = /(block_size|num_gpu_blocks|kv_cache_\w+)="[^"]*"/g
const sameSizes = (page: string) => page.replace(sizes, '$1="?"')

test('names, help, types, labels, buckets and their order are those of the recorded page', async () => {
  const simulator = await startSimulator({
    port: 0,
    servedModelName: 'smollm2-135m',
    maxModelLen: 4096,
    ttftMs: 1,
    itlMs: 0,
  })
  const post = (path: string, body: object) =>
    fetch(simulator.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).then((response) => response.text())
  const messages = [{ role: 'user', content: 'hi' }]
  // The same kinds of requests in the same order as in the recording.
  await post('/v1/chat/completions', { messages, max_tokens: 3 })
  await (await fetch(`${simulator.url}/v1/models`)).text()
  await post('/tokenize', { messages })
  await post('/v1/chat/completions', { messages, temperature: -1 })
  await (await fetch(`${simulator.url}/nope`)).text()
  const mine = parseExposition(sameSizes(sameModel(simulator.metricsText()))).families
  await simulator.close()
  const theirs = parseExposition(sameSizes(recording('metrics-after-abort.prom'))).families
  expect(mine.filter(({ name }) => !ADDED.test(name)).map(outline)).toEqual(
    theirs.filter(({ name }) => !LEFT_OUT.test(name)).map(outline),
  )
  expect(mine.filter(({ name }) => ADDED.test(name)).map(({ name }) => name)).toContain('simulator_info')
})

test('the page is printed to the letter: the recorded values come back as they stand', () => {
  const values = recording('metrics-under-load.prom')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.slice(line.lastIndexOf(' ') + 1))
  expect(values.map((text) => numberText(Number(text)))).toEqual(values)
})

test.each([
  [0, '0.0'],
  [1, '1.0'],
  [0.5, '0.5'],
  [1234567, '1.234567e+06'],
  [999999, '999999.0'],
  [1e-5, '1e-05'],
  [-2, '-2.0'],
  [Infinity, '+Inf'],
  [1e21, '1e+21'],
  [2147483648, '2.147483648e+09'],
])('%d is printed as %s', (value, text) => expect(numberText(value)).toBe(text))
