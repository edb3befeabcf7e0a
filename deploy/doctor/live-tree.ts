import { type Cluster, ClusterUnreachable } from './cluster.ts'
import { fromCluster, type Manifest } from './manifest.ts'
import type { Tree } from './tree.ts'
import { at, list, text, texts } from './value.ts'

interface Resource {
  /** `v1` or `GROUP/VERSION`. */
  readonly api: string
  readonly kind: string
  readonly plural: string
  readonly query?: string
}

const resource = (api: string, kind: string, plural: string, query?: string): Resource => ({
  api,
  kind,
  plural,
  ...(query === undefined ? {} : { query }),
})

/** Resources that are read in the deployment's namespace. */
const namespaced = [
  resource('v1', 'Service', 'services'),
  resource('v1', 'Pod', 'pods'),
  resource('v1', 'ConfigMap', 'configmaps'),
  resource('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  resource('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices'),
  resource('apps/v1', 'Deployment', 'deployments'),
  resource('apps/v1', 'StatefulSet', 'statefulsets'),
  resource('apps/v1', 'DaemonSet', 'daemonsets'),
  resource('batch/v1', 'Job', 'jobs'),
  resource('batch/v1', 'CronJob', 'cronjobs'),
  resource('networking.k8s.io/v1', 'NetworkPolicy', 'networkpolicies'),
  resource('networking.k8s.io/v1', 'Ingress', 'ingresses'),
  resource('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'),
  resource('gateway.networking.k8s.io/v1', 'HTTPRoute', 'httproutes'),
  resource('cilium.io/v2', 'CiliumNetworkPolicy', 'ciliumnetworkpolicies'),
  resource('keda.sh/v1alpha1', 'ScaledObject', 'scaledobjects'),
]

const REPOSITORIES = 'labelSelector=argocd.argoproj.io%2Fsecret-type%20in%20(repository%2Crepo-creds)'
const OPERATOR = 'monitoring.coreos.com/v1'

/** Resources that are read in all namespaces; `concerns` selects the relevant ones. */
const everywhere = [
  resource('v1', 'Node', 'nodes'),
  resource('v1', 'Namespace', 'namespaces'),
  resource('v1', 'Secret', 'secrets', REPOSITORIES),
  resource('v1', 'ConfigMap', 'configmaps', 'fieldSelector=metadata.name%3Dargocd-cm'),
  resource('argoproj.io/v1alpha1', 'Application', 'applications'),
  resource('argoproj.io/v1alpha1', 'AppProject', 'appprojects'),
  resource(OPERATOR, 'Prometheus', 'prometheuses'),
  resource(OPERATOR, 'ServiceMonitor', 'servicemonitors'),
  resource(OPERATOR, 'PodMonitor', 'podmonitors'),
  resource(OPERATOR, 'PrometheusRule', 'prometheusrules'),
  resource('monitoring.coreos.com/v1alpha1', 'ScrapeConfig', 'scrapeconfigs'),
  resource('kyverno.io/v1', 'ClusterPolicy', 'clusterpolicies'),
  resource('cilium.io/v2', 'CiliumClusterwideNetworkPolicy', 'ciliumclusterwidenetworkpolicies'),
]

/**
 * Whether an object of any namespace concerns this deployment. The monitoring stack's own monitors and rules do not.
 */
function concerns({ kind, name, namespace, value }: Manifest, own: string): boolean {
  switch (kind) {
    case 'Namespace':
      return name === own
    case 'Application':
      return text(value, 'spec', 'destination', 'namespace') === own
    case 'ServiceMonitor':
    case 'PodMonitor':
      return namespace === own || texts(value, 'spec', 'namespaceSelector', 'matchNames').includes(own)
    case 'PrometheusRule':
    case 'ScrapeConfig':
      return namespace === own
    default:
      return true
  }
}

/**
 * Reads the objects that checks examine. Kinds that the cluster does not know are skipped.
 * @throws {ClusterUnreachable}
 */
export async function readCluster(cluster: Cluster): Promise<Tree> {
  const { namespace } = cluster
  const lists = await Promise.all([
    ...namespaced.map((each) => read(cluster, each, `namespaces/${namespace}/`)),
    ...everywhere.map((each) => read(cluster, each, '')),
  ])
  const manifests = lists.flat().filter((manifest) => concerns(manifest, namespace))
  if (!manifests.some(({ kind }) => kind === 'Namespace'))
    cluster.unread.push(`namespace ${namespace}: there is none of that name, or it may not be read`)
  return { manifests, files: [], cluster }
}

async function read(
  cluster: Cluster,
  { api, kind, plural, query }: Resource,
  scope: string,
): Promise<Manifest[]> {
  const root = api.includes('/') ? `/apis/${api}` : `/api/${api}`
  const { status, body } = await cluster.get(
    `${root}/${scope}${plural}${query === undefined ? '' : `?${query}`}`,
  )
  if (status === 404) return []
  if (status === 403) {
    cluster.unread.push(`${plural}${scope === '' ? ' of all namespaces' : ''}: forbidden`)
    return []
  }
  if (status !== 200) throw new ClusterUnreachable(`${plural}: ${problemOf(status, body)}`)
  return fromCluster(JSON.parse(body), kind, api)
}

/** The message of an error from an API server or from kubectl's proxy. */
function problemOf(status: number, body: string): string {
  let said = body.trim().split('\n')[0] ?? ''
  try {
    said = text(JSON.parse(body), 'message') ?? said
  } catch {
    // Not JSON: kubectl's proxy says in one line why it has no answer.
  }
  return `${status} ${said}`.slice(0, 300)
}

/** Running pods of the namespace. */
export function runningPods({ manifests }: Tree): Manifest[] {
  return manifests.filter(
    ({ kind, value }) =>
      kind === 'Pod' &&
      text(value, 'status', 'phase') === 'Running' &&
      at(value, 'metadata', 'deletionTimestamp') === undefined,
  )
}

/** Number of a pod's port with this name. */
export function portOf(pod: Manifest, name: string): number | undefined {
  const port = list(pod.value, 'spec', 'containers')
    .flatMap((container) => list(container, 'ports'))
    .find((each) => text(each, 'name') === name)
  return port === undefined ? undefined : Number(text(port, 'containerPort'))
}
