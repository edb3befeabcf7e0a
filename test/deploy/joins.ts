import { isDeepStrictEqual } from 'node:util'
import { at, list, ofKind, record, text, workloads } from './manifests.ts'
import type { Folder } from './deploy-folder.ts'
import type { Check } from './layout.ts'

const differ = (what: string, ...sides: readonly (readonly [name: string, value: unknown])[]): string[] =>
  sides.every(([, value]) => value !== undefined && isDeepStrictEqual(value, sides[0]?.[1]))
    ? []
    : [`${what}: ${sides.map(([name, value]) => `${name} has ${JSON.stringify(value)}`).join(', ')}`]

const only = (folder: Folder, path: string, kind: string, name?: string): unknown =>
  folder.manifests(path).find((one) => one.kind === kind && (name ?? one.name) === one.name)?.value

/** Ports along the way to the GPU machine are the same everywhere: slice, scrapes, both ends of ssh, k3s' NodePorts. */
const tunnelPorts: Check = (folder) => {
  const numbers = (path: string, pattern: RegExp): number[] =>
    [...folder.text(path).matchAll(pattern)].map(([, port]) => Number(port)).sort((a, b) => a - b)
  const nodePorts = ['gpu/vllm.yaml', 'gpu/operator/config.yaml'].flatMap((path) =>
    ofKind(folder.tree(path), 'Service').flatMap(({ value }) =>
      list(value, 'spec', 'ports').map((port) => at(port, 'nodePort')),
    ),
  )
  const slice = only(folder, 'rendered/cluster.yaml', 'EndpointSlice')
  return [
    ...differ(
      'ports through the tunnel',
      ['k3s', nodePorts],
      ['m1', numbers('tunnel/ssh_config', /LocalForward \S+:(\d+) /g)],
      ['m1 towards k3s', numbers('tunnel/ssh_config', /LocalForward \S+ 127\.0\.0\.1:(\d+)/g)],
      ['the key', numbers('tunnel/authorized_keys', /permitopen="127\.0\.0\.1:(\d+)"/g)],
      ['sshd', numbers('tunnel/sshd.conf', /(?<=PermitOpen .*)127\.0\.0\.1:(\d+)/g)],
      ['Prometheus', numbers('rendered/cluster.yaml', /- \d+(?:\.\d+){3}:(\d+)$/gm)],
    ),
    ...differ('the way of answers', ['the slice', at(slice, 'ports', 0, 'port')], ['k3s', nodePorts[0]]),
    ...differ(
      'port of ssh',
      ['sshd', numbers('tunnel/sshd.conf', /^Port (\d+)/gm)],
      ['ssh', numbers('tunnel/ssh_config', /^ +Port (\d+)/gm)],
    ),
  ]
}

/** The default model of the chat is the name under which vLLM serves its model. */
const modelNames: Check = (folder) => {
  const args = workloads(folder.tree('gpu/vllm.yaml')).flatMap(({ containers }) =>
    containers.flatMap(({ value }) => list(value, 'args').map(String)),
  )
  const served = args.find((argument) => argument.startsWith('--served-model-name='))?.split('=')[1]
  return ['cluster', 'ha'].flatMap((overlay) => {
    const map = ofKind(folder.tree(`rendered/${overlay}.yaml`), 'ConfigMap').find(({ name }) =>
      name.startsWith('chat-api-'),
    )
    return differ('model', [overlay, text(map?.value, 'data', 'MODEL')], ['vLLM', served])
  })
}

/** Argo CD's permissions cover what it has to apply, and its three addresses of the repository are the same. */
const argoCd: Check = (folder) => {
  const whole = only(folder, 'argocd/project.yaml', 'AppProject')
  const [project, projectName] = [at(whole, 'spec'), text(whole, 'metadata', 'name')]
  const application = at(only(folder, 'argocd/application.yaml', 'Application'), 'spec')
  const secret = only(folder, 'argocd/repository.example.yaml', 'Secret')
  const allowed = [
    ...list(project, 'clusterResourceWhitelist'),
    ...list(project, 'namespaceResourceWhitelist'),
  ]
  const isAllowed = (group: string, kind: string): boolean =>
    allowed.some((one) => text(one, 'group') === group && text(one, 'kind') === kind)
  const forbidden = ['cluster', 'ha'].flatMap((overlay) =>
    folder.manifests(`rendered/${overlay}.yaml`).flatMap(({ apiVersion, kind }) => {
      const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''
      return isAllowed(group, kind) ? [] : [`the project may not apply ${kind} of "${group}" (${overlay})`]
    }),
  )
  const settings = only(folder, 'argocd/argocd-cm.yaml', 'ConfigMap')
  const exclusions = text(settings, 'data', 'resource.exclusions') ?? 'EndpointSlice'
  return [
    ...new Set(forbidden),
    ...differ(
      'repository',
      ['the project', text(project, 'sourceRepos', 0)],
      ['the Application', text(application, 'source', 'repoURL')],
      ['the Secret', text(secret, 'stringData', 'url')],
    ),
    ...differ('project', ['the Application', text(application, 'project')], ['the project', projectName]),
    ...(/\bEndpointSlice\b/.test(exclusions) ? ['Argo CD is told to leave EndpointSlices out'] : []),
  ]
}
/** The deploy repository's kustomization names the same images as the layout. */
const deployRepository: Check = (folder) => {
  const images = (path: string): unknown =>
    list(only(folder, path, 'Kustomization'), 'images').map((image) => text(image, 'name'))
  return differ(
    'images',
    ['notes-deploy', images('argocd/notes-deploy/chat-ui/kustomization.yaml')],
    ['the overlay', images('overlays/cluster/kustomization.yaml')],
  )
}

/** Kyverno's policies and Kubernetes' own have the same rules. */
const admissionTwins: Check = (folder) => {
  const rules = (path: string, kind: string): unknown =>
    ofKind(folder.tree(path), kind).map(({ name, value }) => ({
      name,
      rules: at(value, 'spec', 'matchConstraints', 'resourceRules'),
      variables: at(value, 'spec', 'variables'),
      validations: at(value, 'spec', 'validations'),
    }))
  return differ(
    'admission',
    ['Kubernetes', rules('policies/admission/policies.yaml', 'ValidatingAdmissionPolicy')],
    ['Kyverno', rules('policies/kyverno/policies.yaml', 'ValidatingPolicy')],
  )
}

/**
 * Requests that the API, the gateway's probe and load tests send to vLLM (`true`), and others that need not pass
 * (`false`).
 */
const calls = [
  ['POST', '/v1/chat/completions', true],
  ['GET', '/v1/models', true],
  ['POST', '/tokenize', true],
  ['GET', '/health', true],
  ['GET', '/metrics', true],
  ['GET', '/docs', false],
  ['POST', '/v1/completions', false],
  ['POST', '/v1/load_lora_adapter', false],
  ['DELETE', '/v1/models', false],
  ['POST', '/health', false],
] as const

/** Cilium's HTTP rule lets through the requests that are used, and only those. */
const callsToVllm: Check = (folder) => {
  const rules = ofKind(folder.tree('policies/cilium/policies.yaml'), 'CiliumNetworkPolicy').flatMap(
    ({ value }) =>
      list(value, 'spec', 'egress').flatMap((rule) =>
        list(rule, 'toPorts').flatMap((port) => list(port, 'rules', 'http').map((http) => record(http))),
      ),
  )
  return calls.flatMap(([method, path, wanted]) => {
    const passes = rules.some(
      (rule) => rule['method'] === method && new RegExp(`^(?:${text(rule, 'path') ?? ''})$`).test(path),
    )
    return passes === wanted ? [] : [`${method} ${path} ${passes ? 'passes' : 'is refused'}`]
  })
}

/** No file contains an address with a user or a password. */
const passwords: Check = (folder) =>
  folder
    .paths()
    .flatMap((path) =>
      [...folder.text(path).matchAll(/\w+:\/\/[^\s/@'"`]*:[^\s/@'"`$]+@[^\s]*/g)].map(
        ([address]) => `${path}: ${address}`,
      ),
    )

export const checks = {
  tunnelPorts,
  modelNames,
  argoCd,
  deployRepository,
  admissionTwins,
  callsToVllm,
  passwords,
}
