import type { Check, Hit } from '../check.ts'
import type { Manifest } from '../manifest.ts'
import { behind, hasSelector, ofKind, slicesOf, type Tree, workloads } from '../tree.ts'
import { at, list, text } from '../value.ts'

/** Services without a selector, whose endpoints are written by hand. */
function filledByHand(tree: Tree): Manifest[] {
  return ofKind(tree, 'Service').filter(
    (service) => !hasSelector(service) && text(service.value, 'spec', 'type') !== 'ExternalName',
  )
}

const headless: Check = {
  id: 'headless-service',
  symptom: 'Connections to the Service’s port are refused or time out, though name and address resolve.',
  cause:
    'A headless Service (`clusterIP: None`) maps no ports: clients reach the address behind it at the port that they asked for, not at the slice’s.',
  fix: 'Remove `clusterIP: None` and create the Service again, since the field cannot be changed.',
  *find(tree) {
    for (const service of filledByHand(tree)) {
      if (text(service.value, 'spec', 'clusterIP') !== 'None') continue
      const slices = slicesOf(service, tree)
      for (const port of list(service.value, 'spec', 'ports')) {
        const own = text(port, 'port')
        const real = slices.flatMap(({ value }) => list(value, 'ports').map((each) => text(each, 'port')))
        const reached = slices.length > 0 ? real : [text(port, 'targetPort')]
        if (reached.every((each) => each === undefined || each === own)) continue
        yield {
          in: service,
          path: ['spec', 'clusterIP'],
          detail: `port ${own ?? ''} is to lead to ${reached.join(', ')}, and a headless Service leads nowhere but to ${own ?? ''}`,
        }
        break
      }
    }
  },
}

const portNames: Check = {
  id: 'port-names',
  symptom: 'The Service has an address and a slice with addresses, and connections are refused.',
  cause:
    'Ports of a Service and of its EndpointSlice are joined by name. One without a name matches only one without a name.',
  fix: 'Give the EndpointSlice’s port the name of the Service’s port.',
  *find(tree) {
    for (const service of filledByHand(tree)) {
      const wanted = list(service.value, 'spec', 'ports').map((port) => text(port, 'name') ?? '')
      for (const slice of slicesOf(service, tree)) yield* unmatched(slice, ['ports'], wanted)
      for (const endpoints of ofKind(tree, 'Endpoints'))
        if (endpoints.namespace === service.namespace && endpoints.name === service.name)
          yield* unmatched(endpoints, ['subsets', 0, 'ports'], wanted)
    }
  },
}

function* unmatched(slice: Manifest, path: (string | number)[], wanted: readonly string[]): Iterable<Hit> {
  const names = list(slice.value, ...path).map((port) => text(port, 'name') ?? '')
  for (const name of wanted)
    if (!names.includes(name))
      yield {
        in: slice,
        path,
        detail: `the Service’s port is named ${quoted(name)}, and here are ${names.map(quoted).join(', ') || 'none'}`,
      }
}

const quoted = (name: string): string => (name === '' ? 'nothing' : `“${name}”`)

const targetPort: Check = {
  id: 'target-port',
  symptom: 'A change of `targetPort` changes nothing: traffic goes to another port than the Service says.',
  cause: 'A Service without a selector takes the port of its EndpointSlice; its `targetPort` is ignored.',
  fix: 'Write the real port into the EndpointSlice and the same (or none) into `targetPort`.',
  *find(tree) {
    for (const service of filledByHand(tree))
      for (const [index, port] of list(service.value, 'spec', 'ports').entries()) {
        // Kubernetes fills in the port here if the manifest has no targetPort.
        const target = text(port, 'targetPort')
        if (target === undefined || target === text(port, 'port')) continue
        for (const slice of slicesOf(service, tree)) {
          const real = list(slice.value, 'ports').find(
            (each) => (text(each, 'name') ?? '') === (text(port, 'name') ?? ''),
          )
          if (real === undefined || text(real, 'port') === target) continue
          yield {
            in: service,
            path: ['spec', 'ports', index, 'targetPort'],
            detail: `${target} is ignored: EndpointSlice ${slice.name} leads to ${text(real, 'port') ?? ''}`,
          }
        }
      }
  },
}

const noEndpoints: Check = {
  id: 'no-endpoints',
  symptom: 'The Service exists and every connection to it is refused at once.',
  cause:
    'A Service without a selector has no endpoints of its own: nobody made an EndpointSlice for it, or Argo CD left it out.',
  fix: 'Add an EndpointSlice with the label `kubernetes.io/service-name`; where Argo CD deploys, see `argocd-exclusions`.',
  *find(tree) {
    for (const service of filledByHand(tree)) {
      if (isApiServer(service) || slicesOf(service, tree).some(hasAddress)) continue
      const old = ofKind(tree, 'Endpoints').some(
        ({ name, namespace }) => name === service.name && namespace === service.namespace,
      )
      if (!old)
        yield { in: service, path: ['spec'], detail: 'no EndpointSlice with an address belongs to it' }
    }
  },
}

const hasAddress = (slice: Manifest): boolean =>
  list(slice.value, 'endpoints').some((endpoint) => list(endpoint, 'addresses').length > 0)

/** The API server itself maintains the slices of its own Service. */
const isApiServer = ({ name, namespace }: Manifest): boolean =>
  name === 'kubernetes' && namespace === 'default'

const CONTROLLERS = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io']

const sliceService: Check = {
  id: 'slice-service',
  symptom: 'The EndpointSlice exists and its Service has no endpoints, or the slice disappears.',
  cause:
    'A slice belongs to the Service that its label `kubernetes.io/service-name` names, in its namespace; one that names a controller of Kubernetes in `endpointslice.kubernetes.io/managed-by` is that controller’s.',
  fix: 'Label the slice with the Service’s name and with a `managed-by` of your own.',
  *find(tree) {
    if (tree.cluster !== undefined) return
    const services = ofKind(tree, 'Service')
    for (const slice of ofKind(tree, 'EndpointSlice')) {
      const name = text(slice.labels, 'kubernetes.io/service-name')
      const manager = text(slice.labels, 'endpointslice.kubernetes.io/managed-by')
      const found = services.some((each) => each.name === name && each.namespace === slice.namespace)
      if (name === undefined || !found)
        yield {
          in: slice,
          path: ['metadata', 'labels', 'kubernetes.io/service-name'],
          detail:
            name === undefined ? 'the label is missing' : `there is no Service ${slice.namespace}/${name}`,
        }
      if (manager !== undefined && CONTROLLERS.includes(manager))
        yield {
          in: slice,
          path: ['metadata', 'labels', 'endpointslice.kubernetes.io/managed-by'],
          detail: `${manager} takes the slice for its own`,
        }
    }
  },
}

const serviceTarget: Check = {
  id: 'service-target',
  symptom: 'The Service has no endpoints though its pods run and are ready.',
  cause:
    'Its selector matches no pod’s labels, or `targetPort` names a port that no container of the pods has.',
  fix: 'Use the labels of the pod template in the selector, and a container’s port name in `targetPort`.',
  *find(tree) {
    const namespaces = new Set(workloads(tree).map(({ manifest }) => manifest.namespace))
    for (const service of ofKind(tree, 'Service')) {
      if (!hasSelector(service) || !namespaces.has(service.namespace)) continue
      const selected = behind(service, tree)
      if (selected.length === 0)
        yield { in: service, path: ['spec', 'selector'], detail: 'no workload’s pods have these labels' }
      const names = selected.flatMap(({ containers, initContainers }) =>
        [...containers, ...initContainers].flatMap(({ value }) =>
          list(value, 'ports').map((port) => text(port, 'name')),
        ),
      )
      for (const [index, port] of list(service.value, 'spec', 'ports').entries()) {
        const target = at(port, 'targetPort')
        if (selected.length === 0 || typeof target !== 'string' || /^\d+$/.test(target)) continue
        if (!names.includes(target))
          yield {
            in: service,
            path: ['spec', 'ports', index, 'targetPort'],
            detail: `no container of ${selected.map(({ manifest }) => manifest.name).join(', ')} has a port named “${target}”`,
          }
      }
    }
  },
}

const endpointsDeprecated: Check = {
  id: 'endpoints-deprecated',
  symptom: 'kubectl warns that v1 Endpoints is deprecated, and Argo CD does not create the object.',
  cause: 'Endpoints is deprecated since Kubernetes 1.33; Argo CD leaves it out by default.',
  fix: 'Write an EndpointSlice (`discovery.k8s.io/v1`) with the label `kubernetes.io/service-name`.',
  *find(tree) {
    // A cluster itself maintains an Endpoints object for each Service.
    if (tree.cluster !== undefined) return
    for (const endpoints of ofKind(tree, 'Endpoints'))
      yield { in: endpoints, path: ['kind'], detail: 'this kind is deprecated' }
  },
}

export const services = [
  headless,
  portNames,
  targetPort,
  noEndpoints,
  sliceService,
  serviceTarget,
  endpointsDeprecated,
]
