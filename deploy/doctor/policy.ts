import { BlockList, isIPv4 } from 'node:net'
import type { Manifest } from './manifest.ts'
import { ofKind, selects, slicesOf, type Tree, type Workload } from './tree.ts'
import { type Key, at, list, text, texts } from './value.ts'

/** One egress rule of a policy, in the terms that NetworkPolicy and Cilium's policies have in common. */
export interface EgressRule {
  readonly policy: Manifest
  readonly path: readonly Key[]
  /** Address ranges of the rule, with their fields. */
  readonly cidrs: readonly { readonly path: readonly Key[]; readonly cidr: string }[]
  /** Cilium's entities, such as `host`. */
  readonly entities: readonly string[]
  /** Ports by number or name; an empty list means all ports. */
  readonly ports: readonly string[]
  /** True if the rule names no destination, or pods or namespaces. */
  readonly reachesPods: boolean
  /** Cilium only: the rule reads HTTP, through Envoy. */
  readonly readsHttp: boolean
}

/** A policy that restricts the egress of the pods that it selects. */
export interface EgressPolicy {
  readonly manifest: Manifest
  readonly rules: readonly EgressRule[]
  applies(workload: Workload): boolean
}

export function egressPolicies(tree: Tree): EgressPolicy[] {
  return [
    ...ofKind(tree, 'NetworkPolicy').flatMap(kubernetes),
    ...ofKind(tree, 'CiliumNetworkPolicy', 'CiliumClusterwideNetworkPolicy').flatMap(cilium),
  ]
}

function kubernetes(manifest: Manifest): EgressPolicy[] {
  const types = texts(manifest.value, 'spec', 'policyTypes')
  const written = list(manifest.value, 'spec', 'egress')
  if (!types.includes('Egress') && (types.length > 0 || written.length === 0)) return []
  const rules = written.map((rule, index): EgressRule => {
    const path = ['spec', 'egress', index]
    const to = list(rule, 'to')
    return {
      policy: manifest,
      path,
      cidrs: to.flatMap((peer, each) => {
        const cidr = text(peer, 'ipBlock', 'cidr')
        return cidr === undefined ? [] : [{ path: [...path, 'to', each, 'ipBlock', 'cidr'], cidr }]
      }),
      entities: [],
      ports: list(rule, 'ports').map((port) => text(port, 'port') ?? ''),
      reachesPods: to.length === 0 || to.some((peer) => at(peer, 'ipBlock') === undefined),
      readsHttp: false,
    }
  })
  const applies = (workload: Workload): boolean =>
    manifest.namespace === workload.manifest.namespace &&
    selects(at(manifest.value, 'spec', 'podSelector'), workload.labels)
  return [{ manifest, rules, applies }]
}

function cilium(manifest: Manifest): EgressPolicy[] {
  const specs: [Key[], unknown][] = [
    [['spec'], at(manifest.value, 'spec')],
    ...list(manifest.value, 'specs').map((spec, index): [Key[], unknown] => [['specs', index], spec]),
  ]
  return specs.flatMap(([prefix, spec]) => {
    if (!Array.isArray(at(spec, 'egress'))) return []
    const rules = list(spec, 'egress').map((rule, index) =>
      ciliumRule(manifest, [...prefix, 'egress', index], rule),
    )
    const applies = (workload: Workload): boolean =>
      (manifest.kind !== 'CiliumNetworkPolicy' || manifest.namespace === workload.manifest.namespace) &&
      selects(at(spec, 'endpointSelector'), workload.labels)
    return [{ manifest, rules, applies }]
  })
}

function ciliumRule(policy: Manifest, path: readonly Key[], rule: unknown): EgressRule {
  const entities = texts(rule, 'toEntities')
  const cidrs = [
    ...list(rule, 'toCIDR').map((cidr, index) => ({
      path: [...path, 'toCIDR', index],
      cidr: text(cidr) ?? '',
    })),
    ...list(rule, 'toCIDRSet').map((set, index) => ({
      path: [...path, 'toCIDRSet', index, 'cidr'],
      cidr: text(set, 'cidr') ?? '',
    })),
  ]
  const everywhere = ['toCIDR', 'toCIDRSet', 'toFQDNs', 'toEntities', 'toEndpoints', 'toServices'].every(
    (field) => at(rule, field) === undefined,
  )
  return {
    policy,
    path,
    cidrs,
    entities,
    ports: list(rule, 'toPorts').flatMap((each) =>
      list(each, 'ports').map((port) => text(port, 'port') ?? ''),
    ),
    reachesPods:
      everywhere ||
      at(rule, 'toEndpoints') !== undefined ||
      ['all', 'cluster'].some((e) => entities.includes(e)),
    readsHttp: list(rule, 'toPorts').some((each) => at(each, 'rules', 'http') !== undefined),
  }
}

/** Destination of a Service without a selector: an address and ports of its slice. */
export interface OutsideEndpoint {
  readonly service: Manifest
  readonly address: string
  /** The slice's ports, and the Service's own. */
  readonly ports: readonly string[]
  readonly servicePorts: readonly string[]
}

export function outsideEndpoints(tree: Tree): OutsideEndpoint[] {
  return ofKind(tree, 'Service').flatMap((service) =>
    at(service.value, 'spec', 'selector') !== undefined
      ? []
      : slicesOf(service, tree).flatMap((slice) =>
          list(slice.value, 'endpoints')
            .flatMap((endpoint) => texts(endpoint, 'addresses'))
            .map((address) => ({
              service,
              address,
              ports: list(slice.value, 'ports').map((port) => text(port, 'port') ?? ''),
              servicePorts: list(service.value, 'spec', 'ports').map((port) => text(port, 'port') ?? ''),
            })),
        ),
  )
}

/** Whether a range in CIDR notation contains an IPv4 address. */
export function covers(cidr: string, address: string): boolean {
  const [network = '', prefix = '32'] = cidr.split('/')
  if (!isIPv4(network) || !isIPv4(address) || !/^([12]?\d|3[0-2])$/.test(prefix)) return false
  const block = new BlockList()
  block.addSubnet(network, Number(prefix))
  return block.check(address)
}
