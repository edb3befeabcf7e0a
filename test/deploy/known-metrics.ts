import { globSync, readFileSync } from 'node:fs'
import { createChatMetrics } from '@slicechat/metrics'
import { CHAT_METRICS, parseExposition, type Exposition } from '@slicechat/metrics/reading'
import { startSimulator } from '@slicechat/simulator'

/** The values that a label was seen with, or `any` if the pages do not show all possible values. */
type Values = Set<string> | 'any'

/** Metrics by their names on the page, with their labels. */
export type KnownMetrics = Map<string, Map<string, Values>>

/** Labels whose values all occur on the pages; others name models, pods or cards. */
const CLOSED = new Set(['le', 'status', 'door', 'kind', 'finished_reason'])

/** Labels that Prometheus adds to each scraped series, and its new names for an exporter's labels of the same name. */
const OF_A_TARGET = ['job', 'instance', 'namespace', 'service', 'pod', 'container', 'endpoint']
const MOVED = ['exported_namespace', 'exported_pod', 'exported_container']

/** Series that Prometheus itself makes. */
const ITS_OWN: Record<string, readonly string[]> = {
  up: [],
  ALERTS: ['alertname', 'alertstate', 'severity'],
}

/** Every metric of the API, of the simulator, and of the recorded pages of vLLM and DCGM exporters. */
export async function knownMetrics(): Promise<KnownMetrics> {
  const known: KnownMetrics = new Map()
  for (const page of [await apiPage(), ...(await simulatorPages()), ...recordedPages()])
    for (const { name, labels } of page.families.flatMap((family) => family.samples)) {
      const all = labelsOf(known, name)
      for (const [label, value] of Object.entries(labels)) {
        const values = all.get(label) ?? (CLOSED.has(label) ? new Set<string>() : 'any')
        if (values !== 'any') values.add(value)
        all.set(label, values)
      }
    }
  // A counter of errors has no series before the first error.
  for (const { name, labels } of Object.values(CHAT_METRICS))
    for (const label of labels)
      if (known.has(name) && !labelsOf(known, name).has(label)) labelsOf(known, name).set(label, 'any')
  for (const [name, labels] of Object.entries(ITS_OWN))
    for (const label of labels) labelsOf(known, name).set(label, 'any')
  for (const name of Object.keys(ITS_OWN)) labelsOf(known, name)
  for (const [name, labels] of known)
    for (const label of [...OF_A_TARGET, ...(name.startsWith('DCGM_') ? MOVED : [])]) labels.set(label, 'any')
  return known
}

function labelsOf(known: KnownMetrics, name: string): Map<string, Values> {
  const labels = known.get(name) ?? new Map<string, Values>()
  known.set(name, labels)
  return labels
}

async function apiPage(): Promise<Exposition> {
  const metrics = createChatMetrics()
  metrics.setModels(['m'])
  metrics.upstreamError('UPSTREAM_TIMEOUT')
  return parseExposition(await metrics.text())
}

async function simulatorPages(): Promise<Exposition[]> {
  const simulator = await startSimulator({ port: 0, dcgmPort: 0 })
  try {
    const urls = [simulator.url, simulator.dcgmUrl ?? '']
    return await Promise.all(
      urls.map(async (url) => parseExposition(await (await fetch(`${url}/metrics`)).text())),
    )
  } finally {
    await simulator.close()
  }
}

const recordedPages = (): Exposition[] =>
  globSync('apps/simulator/fixtures/*/*.prom').map((file) => parseExposition(readFileSync(file, 'utf8')))
