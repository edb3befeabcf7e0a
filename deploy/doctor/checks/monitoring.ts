import type { Check } from '../check.ts'
import type { Manifest } from '../manifest.ts'
import { ofKind, selects, type Tree, workloads } from '../tree.ts'
import { type Key, at, list, record, strings, text, texts } from '../value.ts'

/** Field of the Prometheus object that selects the objects of each kind. */
const selectors: Readonly<Record<string, string>> = {
  ServiceMonitor: 'serviceMonitorSelector',
  PodMonitor: 'podMonitorSelector',
  Probe: 'probeSelector',
  ScrapeConfig: 'scrapeConfigSelector',
  PrometheusRule: 'ruleSelector',
}

const monitorRelease: Check = {
  id: 'monitor-release',
  symptom: 'The ServiceMonitor or rule exists and Prometheus has no such target or rule.',
  cause:
    'kube-prometheus-stack’s Prometheus takes only objects with the label `release: RELEASE`, the name of its Helm release.',
  fix: 'Add the label `release: kps` (or what your Prometheus selects) to the object’s metadata.',
  *find(tree) {
    const servers = ofKind(tree, 'Prometheus')
    for (const [kind, field] of Object.entries(selectors))
      for (const manifest of ofKind(tree, kind)) {
        const known = servers.filter(({ value }) => at(value, 'spec', field) !== undefined)
        const taken =
          known.length === 0
            ? manifest.labels['release'] !== undefined
            : known.some(({ value }) => selects(at(value, 'spec', field), manifest.labels))
        if (taken) continue
        const wanted = known.map(({ value }) => JSON.stringify(record(value, 'spec', field, 'matchLabels')))
        yield {
          in: manifest,
          path: ['metadata', 'labels', 'release'],
          detail: known.length === 0 ? 'the label is missing' : `Prometheus selects ${wanted.join(' or ')}`,
        }
      }
  },
}

const monitorPort: Check = {
  id: 'monitor-port',
  symptom: 'The ServiceMonitor is listed in Prometheus’ service discovery with 0 targets.',
  cause:
    'It selects no Service, or `port` is not the name of a port of a Service that it selects (a number never is).',
  fix: 'Use the Service’s labels in `selector`, its namespace in `namespaceSelector`, and the name of its port in `port`.',
  *find(tree) {
    for (const monitor of ofKind(tree, 'ServiceMonitor')) {
      const near = ofKind(tree, 'Service').filter((service) => watches(monitor, service.namespace))
      if (near.length === 0) continue
      const chosen = near.filter(({ labels }) => selects(at(monitor.value, 'spec', 'selector'), labels))
      if (chosen.length === 0)
        yield { in: monitor, path: ['spec', 'selector'], detail: 'no Service here has these labels' }
      const names = chosen.flatMap(({ value }) =>
        list(value, 'spec', 'ports').map((each) => text(each, 'name')),
      )
      yield* wrongPorts(monitor, 'endpoints', names, chosen.length > 0)
    }
    for (const monitor of ofKind(tree, 'PodMonitor')) {
      const near = workloads(tree).filter(({ manifest }) => watches(monitor, manifest.namespace))
      const chosen = near.filter(({ labels }) => selects(at(monitor.value, 'spec', 'selector'), labels))
      const names = chosen.flatMap(({ containers }) =>
        containers.flatMap(({ value }) => list(value, 'ports').map((each) => text(each, 'name'))),
      )
      yield* wrongPorts(monitor, 'podMetricsEndpoints', names, chosen.length > 0)
    }
  },
}

function* wrongPorts(
  monitor: Manifest,
  field: string,
  names: readonly (string | undefined)[],
  known: boolean,
): Iterable<{ in: Manifest; path: Key[]; detail: string }> {
  for (const [index, endpoint] of list(monitor.value, 'spec', field).entries()) {
    const port = text(endpoint, 'port')
    if (known && port !== undefined && !names.includes(port))
      yield {
        in: monitor,
        path: ['spec', field, index, 'port'],
        detail: `“${port}” is not among the ports’ names ${names.map((name) => name ?? '(none)').join(', ')}`,
      }
  }
}

function watches(monitor: Manifest, namespace: string): boolean {
  const selector = at(monitor.value, 'spec', 'namespaceSelector')
  if (at(selector, 'any') === true) return true
  const names = texts(selector, 'matchNames')
  return names.length > 0 ? names.includes(namespace) : monitor.namespace === namespace
}

/** PromQL expressions of rules and dashboards, with their paths; of a ConfigMap, every string that contains some. */
function* expressions(tree: Tree): Iterable<{ manifest: Manifest; path: readonly Key[]; value: string }> {
  for (const manifest of ofKind(tree, 'PrometheusRule', 'RuleFile', 'Dashboard', 'ConfigMap'))
    for (const [path, value] of strings(manifest.value))
      if (path.at(-1) === 'expr' || (manifest.kind === 'ConfigMap' && /"expr"|\bexpr:/.test(value)))
        yield { manifest, path, value }
}

const ruleLe: Check = {
  id: 'rule-le',
  symptom: 'A rule or panel has no value after Prometheus became 3, or before it did.',
  cause:
    'Prometheus 3 writes the edge of a bucket as `le="2.0"` where Prometheus 2 wrote `le="2"`; `=` matches one of them.',
  fix: 'Match both: `le=~"2(\\\\.0)?"`.',
  *find(tree) {
    for (const { manifest, path, value } of expressions(tree)) {
      const edges = [...value.matchAll(/\ble\s*(?:=|!=)\s*\\*["'](\d+(?:\.0)?)\\*["']/g)].map(
        ([, edge]) => edge,
      )
      if (edges.length > 0)
        yield { in: manifest, path, detail: `le="${edges.join('", "')}" is written in one way only` }
    }
  },
}

const dcgmUtil: Check = {
  id: 'dcgm-util',
  symptom: 'The GPU’s utilisation is flat at 0 while the slice answers.',
  cause: 'DCGM has no `*_UTIL` value for a MIG slice: it reports 0 or nothing.',
  fix: 'Use `DCGM_FI_PROF_GR_ENGINE_ACTIVE` and `DCGM_FI_PROF_DRAM_ACTIVE`, ratios of the slice, by `UUID` and `GPU_I_ID`.',
  *find(tree) {
    for (const { manifest, path, value } of expressions(tree)) {
      const name = /DCGM_FI_DEV_(?:GPU|MEM_COPY|ENC|DEC)_UTIL/.exec(value)?.[0]
      if (name !== undefined) yield { in: manifest, path, detail: `${name} says nothing on a slice` }
    }
  },
}

export const monitoring = [monitorRelease, monitorPort, ruleLe, dcgmUtil]
