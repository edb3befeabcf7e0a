import type { Check, Hit } from '../check.ts'
import { type Container, ofKind, type Tree, type Workload, workloads } from '../tree.ts'
import { type Key, at, list, record, text, texts } from '../value.ts'

/** Workloads of namespaces that enforce the profile `restricted`. */
function restricted(tree: Tree): Workload[] {
  const namespaces = ofKind(tree, 'Namespace')
    .filter(({ labels }) => labels['pod-security.kubernetes.io/enforce'] === 'restricted')
    .map(({ name }) => name)
  return workloads(tree).filter(({ manifest }) => namespaces.includes(manifest.namespace))
}

const VOLUME_TYPES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]
const SECCOMP = ['RuntimeDefault', 'Localhost']

const podSecurity: Check = {
  id: 'pod-security',
  symptom:
    'The Deployment exists and has no pods; its ReplicaSet’s events say “violates PodSecurity "restricted"”.',
  cause:
    'The namespace enforces Pod Security `restricted`, which refuses pods and not the objects that make them.',
  fix: 'Set what the finding names; the pod template of `deploy/base` has all of it.',
  *find(tree) {
    for (const workload of restricted(tree)) {
      yield* podLevel(workload)
      for (const container of [...workload.initContainers, ...workload.containers])
        yield* containerLevel(workload, container)
    }
  },
}

function* podLevel({ manifest, path, spec }: Workload): Iterable<Hit> {
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'])
    if (at(spec, field) === true)
      yield { in: manifest, path: [...path, field], detail: `${field} is refused` }
  for (const [index, volume] of list(spec, 'volumes').entries()) {
    const type = Object.keys(record(volume)).find((key) => key !== 'name') ?? 'emptyDir'
    if (!VOLUME_TYPES.includes(type))
      yield {
        in: manifest,
        path: [...path, 'volumes', index, type],
        detail: `volumes of type ${type} are refused`,
      }
  }
}

function* containerLevel({ manifest, spec }: Workload, { path, name, value }: Container): Iterable<Hit> {
  const own = [...path, 'securityContext']
  const hit = (field: readonly Key[], detail: string): Hit => ({
    in: manifest,
    path: field,
    detail: `container ${name}: ${detail}`,
  })
  /** A field of the container's security context, else of its pod's. */
  const effective = (...field: Key[]): unknown =>
    at(value, 'securityContext', ...field) ?? at(spec, 'securityContext', ...field)

  if (at(value, 'securityContext', 'privileged') === true)
    yield hit([...own, 'privileged'], 'privileged is refused')
  if (at(value, 'securityContext', 'allowPrivilegeEscalation') !== false)
    yield hit([...own, 'allowPrivilegeEscalation'], 'it must be false')
  if (effective('runAsNonRoot') !== true) yield hit([...own, 'runAsNonRoot'], 'it must be true')
  if (effective('runAsUser') === 0) yield hit([...own, 'runAsUser'], 'it may not be 0')
  if (!SECCOMP.includes(text(effective('seccompProfile', 'type')) ?? ''))
    yield hit([...own, 'seccompProfile', 'type'], `it must be ${SECCOMP.join(' or ')}`)
  if (!texts(value, 'securityContext', 'capabilities', 'drop').includes('ALL'))
    yield hit([...own, 'capabilities', 'drop'], 'it must hold ALL')
  const added = texts(value, 'securityContext', 'capabilities', 'add').filter(
    (each) => each !== 'NET_BIND_SERVICE',
  )
  if (added.length > 0) yield hit([...own, 'capabilities', 'add'], `${added.join(', ')} may not be added`)
  for (const [index, port] of list(value, 'ports').entries())
    if (Number(at(port, 'hostPort') ?? 0) !== 0)
      yield hit([...path, 'ports', index, 'hostPort'], 'hostPort is refused')
}

const writableRoot: Check = {
  id: 'writable-root',
  symptom:
    'Files that a container wrote beside its volumes are gone after a restart, or fill the node’s disk.',
  cause: 'The container’s root file system can be written, which Pod Security does not forbid.',
  fix: 'Set `securityContext.readOnlyRootFilesystem: true`, and mount an `emptyDir` with a limit where it has to write.',
  *find(tree) {
    for (const { manifest, containers, initContainers } of restricted(tree))
      for (const { path, name, value } of [...initContainers, ...containers])
        if (at(value, 'securityContext', 'readOnlyRootFilesystem') !== true)
          yield {
            in: manifest,
            path: [...path, 'securityContext', 'readOnlyRootFilesystem'],
            detail: `container ${name} may write to its root`,
          }
  },
}

export const podSecurityChecks = [podSecurity, writableRoot]
