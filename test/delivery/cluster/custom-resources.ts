import { globSync } from 'node:fs'
import { join } from 'node:path'
import type { ControlPlane } from './control-plane.ts'
import { moduleSource } from './go.ts'

/** Files with each project's custom resource definitions, in its Go module, which the module proxy serves. */
const DEFINITIONS = [
  {
    module: 'github.com/prometheus-operator/prometheus-operator',
    version: 'v0.85.0',
    files:
      'example/prometheus-operator-crd/monitoring.coreos.com_{servicemonitors,podmonitors,probes,prometheusrules,scrapeconfigs}.yaml',
  },
  {
    module: 'github.com/argoproj/argo-cd/v3',
    version: 'v3.2.11',
    files: 'manifests/crds/{application,applicationset,appproject}-crd.yaml',
  },
  {
    module: 'sigs.k8s.io/gateway-api',
    version: 'v1.6.0',
    files: 'config/crd/standard/gateway.networking.k8s.io_{gateways,gatewayclasses,httproutes}.yaml',
  },
  {
    module: 'github.com/kyverno/kyverno',
    version: 'v1.19.1',
    files: 'config/crds/policies.kyverno.io/*_{validatingpolicies,imagevalidatingpolicies}.yaml',
  },
  {
    module: 'github.com/cilium/cilium',
    version: 'v1.19.1',
    files: 'pkg/k8s/apis/cilium.io/client/crds/v2/cilium{network,clusterwidenetwork}policies.yaml',
  },
] as const

/** Defines the custom resources that our manifests use, so that the API server checks their fields. */
export async function defineCustomResources(cluster: ControlPlane): Promise<void> {
  const files = DEFINITIONS.flatMap(({ module, version, files }) => {
    const found = globSync(join(moduleSource(module, version), files))
    if (found.length === 0) throw new Error(`${module} ${version} has no ${files}`)
    return found
  })
  await cluster.kubectl(['create', ...files.flatMap((file) => ['-f', file])])
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s'])
}
