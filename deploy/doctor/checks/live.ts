import { type Exposition, parseExposition } from '@slicechat/metrics/reading'
import type { Check } from '../check.ts'
import type { Cluster } from '../cluster.ts'
import { portOf, runningPods } from '../live-tree.ts'
import type { Manifest } from '../manifest.ts'
import { ofKind, selects, type Tree } from '../tree.ts'
import { at, list, text } from '../value.ts'

/** Metrics of every running API, read through the API server. A pod that cannot be reached is noted. */
async function apiMetrics(tree: Tree): Promise<{ pod: Manifest; metrics: Exposition }[]> {
  const { cluster } = tree
  if (cluster === undefined) return []
  const pages = runningPods(tree).map(async (pod) => {
    const port = portOf(pod, 'metrics')
    if (port === undefined) return []
    const { status, body } = await cluster.get(
      `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}:${port}/proxy/metrics`,
    )
    if (status !== 200) {
      note(cluster, `metrics of pod ${pod.name}: ${status}; see kubectl port-forward ${pod.name} ${port}`)
      return []
    }
    const metrics = parseExposition(body)
    return metrics.samples('chat_upstream_up').length > 0 ? [{ pod, metrics }] : []
  })
  return (await Promise.all(pages)).flat()
}

function note({ unread }: Cluster, line: string): void {
  if (!unread.includes(line)) unread.push(line)
}

const deadTunnel: Check = {
  id: 'dead-tunnel',
  symptom: 'All pods are ready, Argo CD says Healthy, and every chat ends with UPSTREAM_UNREACHABLE.',
  cause:
    'The tunnel is dead. A slice written by hand says `ready: true` for ever; nothing asks whether anybody answers behind it.',
  fix: 'Start the tunnel again (`systemctl restart` on its host), look at its log, alert on `chat_upstream_up == 0`; a gateway Deployment makes it part of readiness.',
  live: true,
  async *find(tree) {
    for (const { pod, metrics } of await apiMetrics(tree))
      if (metrics.sum('chat_upstream_up') === 0)
        yield { in: pod, path: ['status'], detail: 'chat_upstream_up is 0: the API reaches no model server' }
  },
}

const flatMetrics: Check = {
  id: 'flat-metrics',
  symptom: 'Dashboards are empty or flat though everything is up.',
  cause:
    'Nobody has chatted: counters move, and latencies exist, only with real answers. Probes and scrapes make none.',
  fix: 'Send some chats: `npm run loadgen -- run smoke --target URL`; the panels fill with the next scrapes.',
  live: true,
  async *find(tree) {
    const all = await apiMetrics(tree)
    const [first] = all
    if (first === undefined || all.some(({ metrics }) => (metrics.sum('chat_requests_total') ?? 0) > 0))
      return
    yield {
      in: first.pod,
      path: ['status'],
      detail: 'chat_requests_total is 0 on every API since it started',
    }
  },
}

const scrapeDown: Check = {
  id: 'scrape-down',
  symptom: 'Panels have no data though people chat.',
  cause:
    'Prometheus has no target for a Service that a ServiceMonitor selects, or cannot scrape it (a policy, a port).',
  fix: 'Look at Prometheus’ page Targets for the error; allow its namespace in the NetworkPolicy, and see `monitor-release` and `monitor-port`.',
  live: true,
  async *find(tree) {
    const { cluster } = tree
    const monitors = ofKind(tree, 'ServiceMonitor').filter(
      ({ value }) => list(value, 'spec', 'endpoints').length > 0,
    )
    if (cluster === undefined || monitors.length === 0) return
    const up = await targets(cluster)
    if (up === undefined) return
    for (const monitor of monitors)
      for (const service of ofKind(tree, 'Service')) {
        if (!selects(at(monitor.value, 'spec', 'selector'), service.labels)) continue
        const values = up.filter((each) => each.service === service.name).map(({ value }) => value)
        if (values.length > 0 && values.every((value) => value === 1)) continue
        yield {
          in: monitor,
          path: ['spec', 'endpoints'],
          detail: `Prometheus ${values.length === 0 ? 'has no target for' : 'cannot scrape'} Service ${service.name}`,
        }
      }
  },
}

/** Prometheus' values of `up` for the deployment's namespace, queried through the API server. */
async function targets(cluster: Cluster): Promise<{ service: string; value: number }[] | undefined> {
  const found = await cluster.get('/api/v1/services?labelSelector=operated-prometheus%3Dtrue')
  const [server] = found.status === 200 ? list(JSON.parse(found.body), 'items') : []
  const name = text(server, 'metadata', 'name')
  if (name === undefined) {
    note(cluster, 'Prometheus: no Service of the operator’s is to be seen')
    return undefined
  }
  const port = text(server, 'spec', 'ports', 0, 'port') ?? '9090'
  const query = encodeURIComponent(`up{namespace="${cluster.namespace}"}`)
  const { status, body } = await cluster.get(
    `/api/v1/namespaces/${text(server, 'metadata', 'namespace') ?? ''}/services/${name}:${port}/proxy/api/v1/query?query=${query}`,
  )
  if (status !== 200) {
    note(cluster, `Prometheus: ${status} to a query through the API server`)
    return undefined
  }
  return list(JSON.parse(body), 'data', 'result').map((series) => ({
    service: text(series, 'metric', 'service') ?? '',
    value: Number(text(series, 'value', 1)),
  }))
}

export const live = [deadTunnel, flatMetrics, scrapeDown]
