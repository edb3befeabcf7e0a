import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Witness } from '@slicechat/run'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkPrometheus, witnessesFromPrometheus } from '@slicechat/witness'
import { hasPrometheus, hasVictoriaMetrics, Prometheus, VICTORIA_METRICS } from './stack/prometheus.ts'

if (!hasPrometheus)
  console.warn("prometheus was not found: install Debian's package prometheus to read its history.")

if (!hasVictoriaMetrics)
  console.warn("victoria-metrics was not found: install Debian's package of that name to read its history.")

/** A pod with a metrics page that the test writes. */
class Pod {
  page = ''
  host = ''
  readonly #server: Server = createServer((_, response) => response.end(this.page))

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    this.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return this
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

const chat = (start: number, success: number, le: '2' | '2.0', slow: number): string => `
process_start_time_seconds ${start}
chat_active_generations 0
chat_queued_generations 0
chat_requests_total{model="m",status="success"} ${success}
chat_first_token_latency_seconds_bucket{model="m",le="${le}"} ${success - slow}
chat_first_token_latency_seconds_bucket{model="m",le="+Inf"} ${success}
chat_first_token_latency_seconds_sum{model="m"} ${success}
chat_first_token_latency_seconds_count{model="m"} ${success}
`
const slice = (id: number, host: string, active: number): string =>
  `DCGM_FI_PROF_GR_ENGINE_ACTIVE{gpu="0",UUID="GPU-1",GPU_I_ID="${id}",${host}="node",namespace="ai",pod="vllm-${id}"} ${active}\n`

const pods: Pod[] = []
let prometheus: Prometheus
let victoria: Prometheus | undefined
let span: { fromMs: number; untilMs: number }

// One history serves all tests, since writing it takes as many seconds as it spans.
beforeAll(async () => {
  if (!hasPrometheus) return
  for (let i = 0; i < 5; i++) pods.push(await new Pod().start())
  const [steady, restarts, vanishes, comes, gpu] = pods as [Pod, Pod, Pod, Pod, Pod]
  steady.page = chat(1, 100, '2', 10)
  restarts.page = chat(2, 50, '2.0', 0)
  vanishes.page = chat(3, 10, '2', 0)
  gpu.page = slice(3, 'Hostname', 0.5) + slice(5, 'hostname', 0.75)
  const hosts = [steady, restarts, vanishes, comes].map(({ host }) => host)
  // A pod that two jobs scrape must not count twice. The exporter's own pod is not the one that uses the GPU.
  const jobs = { api: hosts, again: [steady.host], dcgm: [gpu.host] }
  const relabel = '    relabel_configs: [{ target_label: pod, source_labels: [__address__] }]\n'
  // The limit on samples per query is so low that the history has to be read in pieces.
  prometheus = await Prometheus.start(jobs, relabel, ['--query.max-samples=200'])
  if (hasVictoriaMetrics) victoria = await Prometheus.start(jobs, relabel, [], VICTORIA_METRICS)
  const seen = (query: string) =>
    Promise.all([prometheus, victoria].map(async (server) => server?.until(query)))
  // The samples must be 500 ms old: one from the very moment of the start does not count as one from before it.
  await seen(
    'count(chat_requests_total offset 500ms) == 4 and count(DCGM_FI_PROF_GR_ENGINE_ACTIVE offset 500ms) == 2',
  )
  const fromMs = Date.now()
  steady.page = chat(1, 107, '2', 12)
  restarts.page = chat(2, 53, '2.0', 1)
  vanishes.page = chat(3, 11, '2', 0)
  comes.page = chat(fromMs / 1000 + 0.001, 2, '2', 1)
  await seen('sum(chat_requests_total{job="api"}) == 107 + 53 + 11 + 2')
  // The restarted counter has passed its old count by the time of its next scrape.
  restarts.page = chat(fromMs / 1000 + 1, 60, '2.0', 4)
  vanishes.stop()
  await seen('sum(chat_requests_total{job="api"}) == 107 + 60 + 2')
  span = { fromMs, untilMs: Date.now() }
}, 60_000)

afterAll(async () => {
  for (const pod of pods) pod.stop()
  await prometheus[Symbol.asyncDispose]()
  await victoria?.[Symbol.asyncDispose]()
})

const read = async (match: readonly string[] = []) =>
  witnessesFromPrometheus({ url: new URL(prometheus.url), match }, span)
const ofKind = (witnesses: readonly Witness[], kind: Witness['kind']): Witness => {
  const found = witnesses.find((witness) => witness.kind === kind)
  if (!found) throw new Error(`no ${kind}`)
  return found
}

test.skipIf(!hasPrometheus)(
  'several pods are added up: restarts, spellings of le, one that comes',
  async () => {
    const { witnesses, remarks } = await read()
    const api = ofKind(witnesses, 'api')
    expect(api.resets).toBe(1)
    expect(api.growth.filter(({ name }) => name === 'chat_requests_total')).toEqual([
      // steady, restarts before and after, vanishes, comes
      { name: 'chat_requests_total', labels: { model: 'm', status: 'success' }, delta: 7 + (3 + 60) + 1 + 2 },
    ])
    expect(api.histograms).toEqual([
      {
        name: 'chat_first_token_latency_seconds',
        labels: { model: 'm' },
        edges: [2],
        counts: [5 + (2 + 56) + 1 + 1, 2 + (1 + 4) + 0 + 1],
        sum: 7 + (3 + 60) + 1 + 2,
      },
    ])
    expect(api.intervalMs).toBeGreaterThan(900)
    expect(api.intervalMs).toBeLessThan(1100)
    expect(remarks).toEqual([expect.stringContaining('scraped by several jobs; job "api" is left out')])
  },
)

test.skipIf(!hasPrometheus)(
  'a pod that vanished leaves a gap to the end, and gauges stay apart by pod',
  async () => {
    const api = ofKind((await read()).witnesses, 'api')
    const host = pods[2]?.host ?? ''
    expect(api.gaps).toHaveLength(1)
    expect(api.gaps[0]?.why).toContain(`${host}: Prometheus has no later sample`)
    expect(api.gaps[0]?.untilMs).toBe(api.untilMs)
    const active = api.over.filter(({ name }) => name === 'chat_active_generations')
    expect(active.map(({ labels }) => labels['instance']).sort()).toEqual(
      pods
        .slice(0, 4)
        .map((pod) => pod.host)
        .sort(),
    )
  },
)

test.skipIf(!hasPrometheus)(
  "two slices are kept apart, with their workload's labels and not the exporter's",
  async () => {
    const dcgm = ofKind((await read()).witnesses, 'dcgm')
    expect(dcgm.over.map(({ labels, points }) => ({ labels, value: points.at(-1)?.[1] }))).toEqual(
      [3, 5].map((id, index) => ({
        labels: {
          gpu: '0',
          UUID: 'GPU-1',
          GPU_I_ID: String(id),
          hostname: 'node',
          namespace: 'ai',
          pod: `vllm-${id}`,
        },
        value: [0.5, 0.75][index],
      })),
    )
  },
)

test.skipIf(!hasPrometheus || !hasVictoriaMetrics)('a real VictoriaMetrics tells the same', async () => {
  const theirs = await witnessesFromPrometheus({ url: new URL(victoria?.url ?? '') }, span)
  const ours = await read()
  const told = ({ growth, histograms, resets, over }: Witness) => ({
    growth,
    histograms,
    resets,
    gauges: over.map(({ name, labels }) => [name, labels]),
  })
  expect(theirs.witnesses.map(told)).toEqual(ours.witnesses.map(told))
  expect(theirs.missing).toEqual([])
  expect(theirs.remarks).toEqual(ours.remarks)
})

test.skipIf(!hasPrometheus)('matchers choose, and what is wrong is named with the query', async () => {
  const { witnesses } = await read([`instance="${pods[0]?.host ?? ''}"`, 'job="again"'])
  expect(witnesses.map(({ kind, growth }) => [kind, growth[0]?.delta])).toEqual([['api', 7]])
  await expect(read(['namespace="nowhere"'])).rejects.toThrow('no samples of the run by')
  await expect(read(['namespace=nowhere'])).rejects.toThrow(
    /--prometheus http.*__name__.*namespace=nowhere.*bad_data.*parse error/,
  )
  await checkPrometheus({ url: new URL(prometheus.url) })
  await expect(
    checkPrometheus({ url: new URL(prometheus.url), match: ['namespace="nowhere"'] }),
  ).rejects.toThrow('no samples of the last five minutes')
  const away = { url: new URL(`http://${pods[0]?.host ?? ''}/prometheus`) }
  await expect(witnessesFromPrometheus(away, span)).rejects.toThrow('no answer of Prometheus')
})
