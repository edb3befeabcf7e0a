import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { startSimulator } from '@slicechat/simulator'
import { witnessSchema } from '@slicechat/run'
import { expect, test, vi } from 'vitest'
import { startWitness } from './scraper.ts'

/** A metrics page that can be changed, stalled and taken away. */
class Exporter implements AsyncDisposable {
  page: string
  /** What it does instead of answering. */
  mood: 'answers' | 'hangs' | 'hangs up' = 'answers'
  scrapes = 0
  open = 0
  mostOpen = 0
  readonly connections = new Set<unknown>()
  #server: Server | undefined
  port = 0

  constructor(page: string) {
    this.page = page
  }

  async start(): Promise<this> {
    this.#server = createServer((request, response) => {
      this.scrapes += 1
      this.mostOpen = Math.max(this.mostOpen, ++this.open)
      response.on('close', () => (this.open -= 1))
      this.connections.add(request.socket)
      if (this.mood === 'answers') response.end(this.page)
      else if (this.mood === 'hangs up') request.socket.destroy()
    })
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.port = (this.#server.address() as AddressInfo).port
    return this
  }

  async vanish(): Promise<void> {
    const server = this.#server
    if (!server) return
    this.#server = undefined
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${this.port}/metrics`)
  }

  /** Waits until `more` further scrapes have arrived. */
  async scraped(more: number): Promise<void> {
    const wanted = this.scrapes + more
    while (this.scrapes < wanted) await new Promise((resolve) => setTimeout(resolve, 2))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vanish()
  }
}

const page = (start: number, success: number, active = 0): string => `# TYPE chat_requests_total counter
process_start_time_seconds ${start}
chat_requests_total{model="m",status="success"} ${success}
chat_active_generations ${active}
chat_queued_generations 0
`

test('a target that vanishes and returns leaves a gap that says why, and a reset', async () => {
  await using exporter = await new Exporter(page(1, 10)).start()
  const witness = await startWitness({ name: 'api', url: exporter.url, intervalMs: 20 })
  const startedAt = Date.now()
  exporter.page = page(1, 14)
  await exporter.scraped(3)
  exporter.mood = 'hangs up'
  await exporter.scraped(6)
  exporter.page = page(2, 3)
  exporter.mood = 'answers'
  await exporter.scraped(3)
  exporter.page = page(2, 5)
  const { witness: said, remarks, pages } = await witness.finish(startedAt)
  expect(witnessSchema.parse(said)).toEqual(said)
  expect(said).toMatchObject({ kind: 'api', source: 'scrape', resets: 1, simulated: false, intervalMs: 20 })
  expect(said.growth).toEqual([
    { name: 'chat_requests_total', labels: { model: 'm', status: 'success' }, delta: 4 + 5 },
  ])
  // On a busy machine scrapes are late, too.
  const gaps = said.gaps.filter(({ why }) => !/^left out [^;]*$/.test(why))
  expect(gaps).toHaveLength(1)
  const [gap] = gaps
  expect(gap?.why).toContain('the connection was cut')
  expect(gap && gap.fromMs > said.fromMs && gap.untilMs < said.untilMs && gap.untilMs > gap.fromMs).toBe(true)
  expect(said.fromMs).toBeLessThanOrEqual(0)
  expect(remarks).toEqual([])
  expect(pages.opening.text).toBe(page(1, 10))
  expect(pages.closing.text).toBe(page(2, 5))
})

test('one connection serves all scrapes, and the closing one waits for what is under way', async () => {
  await using exporter = await new Exporter(page(1, 0, 1)).start()
  const witness = await startWitness({ name: 'api', url: exporter.url, intervalMs: 60_000 })
  const finishing = witness.finish(Date.now())
  await exporter.scraped(2)
  exporter.page = page(1, 1, 0)
  const { witness: said } = await finishing
  expect(said.growth[0]?.delta).toBe(1)
  expect(exporter.connections.size).toBe(1)
  const active = said.over.find(({ name }) => name === 'chat_active_generations')?.points ?? []
  expect([active[0]?.[1], active.at(-1)?.[1]]).toEqual([1, 0])
})

test('scrapes never overlap, and those that were left out are said', async () => {
  await using exporter = await new Exporter(page(1, 0)).start()
  const witness = await startWitness({ name: 'api', url: exporter.url, intervalMs: 20, timeoutMs: 150 })
  exporter.mood = 'hangs'
  await exporter.scraped(2)
  exporter.mood = 'answers'
  exporter.page = page(1, 2)
  const { witness: said } = await witness.finish(Date.now())
  expect(exporter.mostOpen).toBe(1)
  expect(said.gaps[0]?.why).toContain('no answer within 0.15 s')
  expect(said.gaps[0]?.why).toContain('left out')
  expect(said.growth[0]?.delta).toBe(2)
})

test('somebody long silent is asked once more at the end, and not waited for', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'hrtime'] })
  try {
    await using exporter = await new Exporter(page(1, 0, 1)).start()
    const open = () => startWitness({ name: 'api', url: exporter.url, intervalMs: 20 })
    const [silent, back] = [await open(), await open()]
    exporter.mood = 'hangs'
    await exporter.scraped(2)
    vi.advanceTimersByTime(5_100)
    const { witness: said } = await silent.finish(Date.now())
    expect(said.gaps.at(-1)?.why).toContain('no answer until the end')
    // Its last page says that nothing is under way any more.
    exporter.mood = 'answers'
    exporter.page = page(1, 1, 0)
    expect((await back.finish(Date.now())).witness.growth[0]?.delta).toBe(1)
  } finally {
    vi.useRealTimers()
  }
})

test('an endpoint that is not there, or is another, is named with its flag before any load', async () => {
  await using exporter = await new Exporter('<html>').start()
  const told = (url: URL) => startWitness({ name: 'api', url }).then(String, String)
  expect(await told(exporter.url)).toContain(`--scrape api=${exporter.url.href}: the page has no metrics`)
  exporter.page = 'vllm:num_requests_running 0'
  await expect(startWitness({ name: 'api', kind: 'api', url: exporter.url })).rejects.toThrow(
    'metrics of vLLM',
  )
  const url = exporter.url
  await exporter.vanish()
  expect(await told(url)).toContain(': connection refused')
})

test("the simulator's pages are told apart, said to be simulated, and read", async () => {
  const simulator = await startSimulator({ port: 0, dcgmPort: 0, ttftMs: 2, itlMs: 1 })
  try {
    const vllm = await startWitness({ name: 'vllm', url: new URL(`${simulator.url}/metrics`) })
    const dcgm = await startWitness({
      name: 'gpu',
      url: new URL(`${simulator.dcgmUrl ?? ''}/metrics`),
      intervalMs: 50,
    })
    const startedAt = Date.now()
    const body = JSON.stringify({
      model: simulator.model,
      max_tokens: 7,
      min_tokens: 7,
      messages: [{ role: 'user', content: 'hello' }],
    })
    const headers = { 'content-type': 'application/json' }
    await (await fetch(`${simulator.url}/v1/chat/completions`, { method: 'POST', headers, body })).text()
    const [said, card] = (await Promise.all([vllm.finish(startedAt), dcgm.finish(startedAt)])).map(
      ({ witness }) => witnessSchema.parse(witness),
    )
    expect(said).toMatchObject({ kind: 'vllm', simulated: true, gaps: [], resets: 0 })
    const tokens = said?.growth.filter(({ name }) => name === 'vllm:generation_tokens_total')
    expect(tokens?.map(({ delta }) => delta)).toEqual([7])
    const ttft = said?.histograms.find(({ name }) => name === 'vllm:time_to_first_token_seconds')
    expect(ttft?.counts.reduce((sum, count) => sum + count, 0)).toBe(1)
    expect(card).toMatchObject({ kind: 'dcgm', simulated: true })
    const activity = card?.over.filter(({ name }) => name === 'DCGM_FI_PROF_GR_ENGINE_ACTIVE')
    expect(activity?.map(({ labels }) => 'GPU_I_ID' in labels).sort()).toEqual([false, true])
  } finally {
    await simulator.close()
  }
})
