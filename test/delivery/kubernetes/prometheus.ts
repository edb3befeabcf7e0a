// Debian's Prometheus as a pod of the namespace `monitoring`, where the overlays' NetworkPolicies expect it.
import { copyFileSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { NODE_ADDRESS } from '../cluster/control-plane.ts'
import type { Rehearsal } from './rehearsal.ts'

/** URL at which the office asks Prometheus. */
export const PROMETHEUS = `http://${NODE_ADDRESS}:30909`

/** Groups of rules of all PrometheusRules in deploy/monitoring, as the operator hands them to Prometheus. */
function ruleGroups(): unknown[] {
  const folder = join(import.meta.dirname, '../../../deploy/monitoring')
  const documents = globSync('*.yaml', { cwd: folder }).flatMap((name) =>
    parseAllDocuments(readFileSync(join(folder, name), 'utf8')),
  )
  return documents.flatMap((document) => {
    const { kind, spec } = document.toJS() as { kind?: string; spec?: { groups?: unknown[] } }
    return kind === 'PrometheusRule' ? (spec?.groups ?? []) : []
  })
}

/** Job name → the address that the job scrapes. */
export type Targets = Record<string, string>

/**
 * Starts Prometheus, or restarts it for other targets, and waits until all targets are up. Debian's Prometheus has no service
 * discovery for Kubernetes, so the configuration lists what a ServiceMonitor would find: job, namespace, Service and address.
 */
export async function startPrometheus({ cluster, images }: Rehearsal, targets: Targets): Promise<void> {
  const configuration = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ['/etc/prometheus/rules.yml'],
    scrape_configs: Object.entries(targets).map(([job, target]) => ({
      job_name: job,
      static_configs: [{ targets: [target], labels: { namespace: 'chat', service: job } }],
    })),
  }
  const image = await images.pushFrom('prometheus', (context, base) => {
    copyFileSync('/usr/bin/prometheus', join(context, 'prometheus'))
    return `FROM ${base}\nCOPY prometheus /prometheus\nENTRYPOINT ["/prometheus"]\n`
  })
  const files = {
    'prometheus.yml': JSON.stringify(configuration),
    'rules.yml': JSON.stringify({ groups: ruleGroups() }),
  }
  const metadata = { name: 'prometheus', namespace: 'monitoring' }
  const app = { app: 'prometheus' }
  const container = {
    name: 'prometheus',
    image,
    args: ['--config.file=/etc/prometheus/prometheus.yml', '--storage.tsdb.path=/tsdb', '--log.level=warn'],
    readinessProbe: { httpGet: { path: '/-/ready', port: 9090 }, periodSeconds: 1 },
    volumeMounts: [
      { name: 'configuration', mountPath: '/etc/prometheus' },
      { name: 'tsdb', mountPath: '/tsdb' },
    ],
  }
  const volumes = [
    { name: 'configuration', configMap: { name: metadata.name } },
    { name: 'tsdb', emptyDir: {} },
  ]
  // The annotation changes with the targets, so that new targets replace the pod.
  const template = { metadata: { labels: app, annotations: { targets: JSON.stringify(targets) } } }
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: metadata.namespace } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: files },
    {
      apiVersion: 'v1',
      kind: 'Service',
      // The Prometheus operator sets this label, and doctor finds Prometheus by it.
      metadata: { ...metadata, labels: { 'operated-prometheus': 'true' } },
      spec: { type: 'NodePort', selector: app, ports: [{ name: 'web', port: 9090, nodePort: 30909 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        strategy: { type: 'Recreate' },
        selector: { matchLabels: app },
        template: { ...template, spec: { containers: [container], volumes } },
      },
    },
  ]
  await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  const rollout = ['rollout', 'status', 'deployment/prometheus', '--namespace=monitoring', '--timeout=90s']
  await cluster.kubectl(rollout)
  await cluster.until('all targets are up', async () => {
    return (await query(cluster, 'count(up == 1)'))[0] === Object.keys(targets).length
  })
}

/** Values of an instant query that the office asks; empty if nothing answers. */
export async function query(cluster: Rehearsal['cluster'], promql: string): Promise<number[]> {
  const url = `${PROMETHEUS}/api/v1/query?query=${encodeURIComponent(promql)}`
  const { code, stdout } = await cluster.box.run('desk', [
    ...[process.execPath, '--input-type=module', '-e'],
    `console.log(await (await fetch('${url}', { signal: AbortSignal.timeout(5000) })).text())`,
  ])
  if (code !== 0) return []
  const answer = JSON.parse(stdout) as { data?: { result: { value: [number, string] }[] } }
  return (answer.data?.result ?? []).map(({ value }) => Number(value[1]))
}
