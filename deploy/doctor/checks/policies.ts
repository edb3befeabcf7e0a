import type { Check } from '../check.ts'
import { covers, egressPolicies, outsideEndpoints } from '../policy.ts'
import { environment, ofKind, type Tree, workloads } from '../tree.ts'
import { list, text } from '../value.ts'

const dns: Check = {
  id: 'policy-dns',
  symptom: 'The pod reaches addresses and no names: “getaddrinfo EAI_AGAIN vllm-upstream”.',
  cause:
    'A policy for egress, or one of Cilium that reads HTTP, denies everything that it does not list, and DNS is not listed.',
  fix: 'Allow UDP and TCP 53 to kube-dns in kube-system, in a policy that selects these pods.',
  *find(tree) {
    const policies = egressPolicies(tree)
    for (const workload of workloads(tree)) {
      const selecting = policies.filter((policy) => policy.applies(workload))
      const [first] = selecting
      if (first === undefined) continue
      const allowed = selecting.some(({ rules }) =>
        rules.some(
          ({ ports, reachesPods, cidrs }) =>
            (reachesPods && ports.length === 0) ||
            (ports.some((port) => ['53', 'dns'].includes(port)) && (reachesPods || cidrs.length > 0)),
        ),
      )
      if (!allowed)
        yield {
          in: first.manifest,
          path: ['spec', 'egress'],
          detail: `${workload.manifest.kind} ${workload.manifest.name} may ask no name server`,
        }
    }
  },
}

const NODE_ENTITIES = ['all', 'cluster', 'host', 'remote-node']

const nodeAddress: Check = {
  id: 'policy-node-address',
  symptom: 'Under Cilium the pod cannot reach the tunnel on a node, though a rule lists its address.',
  cause: 'Cilium knows nodes by identity: rules with address ranges never match a node’s address.',
  fix: 'Add a CiliumNetworkPolicy with `toEntities: [host, remote-node]` and the tunnel’s port.',
  *find(tree) {
    if (!tree.manifests.some(({ apiVersion }) => apiVersion.startsWith('cilium.io/'))) return
    const rules = egressPolicies(tree).flatMap((policy) => policy.rules)
    const nodes = nodeAddresses(tree)
    for (const { address, ports } of outsideEndpoints(tree)) {
      if (nodes.length > 0 && !nodes.includes(address)) continue
      const opened = rules.some(
        (rule) =>
          rule.entities.some((entity) => NODE_ENTITIES.includes(entity)) &&
          (rule.ports.length === 0 || rule.ports.some((port) => ports.includes(port))),
      )
      if (opened) continue
      for (const { policy, cidrs } of rules)
        for (const { path, cidr } of cidrs)
          if (covers(cidr, address))
            yield {
              in: policy,
              path,
              detail: `${address} is ${nodes.length > 0 ? 'a node’s' : 'the tunnel host’s; if that is a node, the rule does not match'}`,
            }
    }
  },
}

function nodeAddresses(tree: Tree): string[] {
  return ofKind(tree, 'Node').flatMap(({ value }) =>
    list(value, 'status', 'addresses').flatMap((each) => text(each, 'address') ?? []),
  )
}

const backendPort: Check = {
  id: 'policy-backend-port',
  symptom: 'Connections to the Service time out, and work once the policy is deleted.',
  cause:
    'Policies see a packet after the Service has turned it to its endpoint: they match the slice’s port, not the Service’s.',
  fix: 'Write the backend’s port (30800) into the policy, not the Service’s (8000).',
  *find(tree) {
    for (const { rules } of egressPolicies(tree))
      for (const rule of rules)
        for (const { service, address, ports, servicePorts } of outsideEndpoints(tree)) {
          const aimed = rule.cidrs.some(({ cidr }) => covers(cidr, address)) || rule.entities.length > 0
          const wrong = rule.ports.find((port) => servicePorts.includes(port) && !ports.includes(port))
          if (!aimed || wrong === undefined || rule.ports.some((port) => ports.includes(port))) continue
          const field = rule.policy.kind === 'NetworkPolicy' ? 'ports' : 'toPorts'
          yield {
            in: rule.policy,
            path: [...rule.path, field],
            detail: `${wrong} is the port of Service ${service.name}; behind it is ${ports.join(', ')}`,
          }
        }
  },
}

const ciliumIdle: Check = {
  id: 'cilium-idle',
  symptom: 'Under Cilium an answer whose first token is late breaks off after five minutes.',
  cause: 'A policy that reads HTTP passes the stream through Envoy, which ends one that is silent for 300 s.',
  fix: 'Keep `FIRST_TOKEN_TIMEOUT_S` and `STALL_TIMEOUT_S` below 300, so that the API ends it with its own error, or leave HTTP unread.',
  *find(tree) {
    const reading = egressPolicies(tree).filter(({ rules }) => rules.some(({ readsHttp }) => readsHttp))
    for (const workload of workloads(tree)) {
      const policy = reading.find((each) => each.applies(workload))
      if (policy === undefined) continue
      for (const container of workload.containers)
        for (const name of ['FIRST_TOKEN_TIMEOUT_S', 'STALL_TIMEOUT_S']) {
          const seconds = environment(tree, workload, container, name)
          if (Number(seconds ?? 0) >= 300)
            yield {
              in: workload.manifest,
              path: [...container.path, 'env'],
              detail: `${name} is ${seconds ?? ''}, and ${policy.manifest.kind} ${policy.manifest.name} reads HTTP`,
            }
        }
    }
  },
}

const visibility: Check = {
  id: 'cilium-visibility',
  symptom: 'Hubble shows no HTTP, though the pod has the annotation that asks for it.',
  cause: 'Cilium removed the annotation for visibility; HTTP is seen only through a policy with HTTP rules.',
  fix: 'Remove the annotation and use a CiliumNetworkPolicy with `rules: {http: [{}]}`, and with DNS allowed.',
  *find(tree) {
    for (const manifest of tree.manifests)
      for (const prefix of [[], ['spec', 'template']])
        for (const key of ['policy.cilium.io/proxy-visibility', 'io.cilium.proxy-visibility']) {
          const path = [...prefix, 'metadata', 'annotations', key]
          if (text(manifest.value, ...path) !== undefined)
            yield { in: manifest, path, detail: 'the annotation does nothing' }
        }
  },
}

const clusterPolicy: Check = {
  id: 'kyverno-clusterpolicy',
  symptom: 'Kyverno warns of a deprecated kind, and after an upgrade to 1.20 the policy is gone.',
  cause: 'ClusterPolicy and Policy of `kyverno.io` are deprecated and end with Kyverno 1.20.',
  fix: 'Write a ValidatingPolicy or ImageValidatingPolicy of `policies.kyverno.io/v1`.',
  *find(tree) {
    for (const manifest of ofKind(tree, 'ClusterPolicy', 'Policy'))
      if (manifest.apiVersion.startsWith('kyverno.io/'))
        yield {
          in: manifest,
          path: ['kind'],
          detail: `${manifest.apiVersion} ${manifest.kind} is deprecated`,
        }
  },
}

export const policies = [dns, nodeAddress, backendPort, ciliumIdle, visibility, clusterPolicy]
