import { isDeepStrictEqual } from 'node:util'
import { readConfig, variables as apiVariables } from '../../apps/api/src/env.ts'
import { readOptions } from '../../apps/simulator/src/configuration/env.ts'
import { optionFlags } from '../../apps/simulator/src/configuration/flags.ts'
import { readEnv, variables as webVariables } from '../../apps/web/server/env.ts'
import { commands } from '../../apps/loadgen/src/commands/command-line.ts'
import { readFlags } from '../../apps/loadgen/src/commands/flag.ts'
import {
  at,
  type Container,
  list,
  type Manifest,
  ofKind,
  record,
  selects,
  text,
  type Workload,
  workloads,
} from './manifests.ts'
import type { Folder } from './deploy-folder.ts'

/** A check of the deploy folder. Returns one sentence for each problem, none if all is well. */
export type Check = (folder: Folder) => string[]

const overlays = ['simulated', 'cluster', 'ha'] as const
const rendered = (overlay: (typeof overlays)[number]): string => `rendered/${overlay}.yaml`

const each = (check: (tree: readonly Manifest[], overlay: string) => string[]): Check => {
  return (folder) =>
    overlays.flatMap((overlay) =>
      check(folder.tree(rendered(overlay)), overlay).map((problem) => `${overlay}: ${problem}`),
    )
}

/** Environment of a container according to the manifests, with stand-ins for the values of Secrets. */
function environment(
  tree: readonly Manifest[],
  { manifest }: Workload,
  { value }: Container,
): Record<string, string> {
  const maps = list(value, 'envFrom').flatMap((source) => text(source, 'configMapRef', 'name') ?? [])
  const found = ofKind(tree, 'ConfigMap').filter(
    ({ name, namespace }) => namespace === manifest.namespace && maps.includes(name),
  )
  if (found.length < maps.length) return { 'a ConfigMap that is not there': '' }
  const fromMaps = found.flatMap((map) => Object.entries(record(map.value, 'data')))
  const own = list(value, 'env').map((variable) => [
    text(variable, 'name'),
    text(variable, 'value') ?? secret,
  ])
  return Object.fromEntries([...fromMaps, ...own]) as Record<string, string>
}
const secret = 'stands-in-for-a-secret-0123456789'

/** The part of Slicechat whose image a container runs. */
const partOf = ({ value }: Container): string | undefined =>
  /(?:^|\/)slicechat-(\w+)@/.exec(text(value, 'image') ?? '')?.[1]

const readers: Readonly<
  Record<string, { variables: readonly string[]; read: (environment: Record<string, string>) => unknown }>
> = {
  api: { variables: apiVariables, read: readConfig },
  web: { variables: webVariables, read: readEnv },
  simulator: {
    variables: Object.values(optionFlags).map(({ env }) => env),
    read: (environment) => readOptions([], environment),
  },
}

function* ours(
  tree: readonly Manifest[],
): Iterable<{ workload: Workload; container: Container; part: string }> {
  for (const workload of workloads(tree))
    for (const container of workload.containers) {
      const part = partOf(container)
      if (part !== undefined) yield { workload, container, part }
    }
}

/** The environments contain only variables that the apps know, with values that they accept. */
const environments = each((tree) =>
  [...ours(tree)].flatMap(({ workload, container, part }) => {
    const reader = readers[part]
    if (reader === undefined) return [`${part} has no reader of its environment`]
    const given = environment(tree, workload, container)
    const unknown = Object.keys(given).filter((name) => !reader.variables.includes(name))
    if (unknown.length > 0) return unknown.map((name) => `${part} knows no ${name}`)
    try {
      reader.read(given)
      return []
    } catch (error) {
      return [`${part}: ${String(error)}`]
    }
  }),
)

/** Answers stream through the page's server, so it must not end before the API. */
const drains = each((tree) => {
  const seconds = (wanted: string): number[] =>
    [...ours(tree)]
      .filter(({ part }) => part === wanted)
      .map(({ workload, container }) =>
        Number(environment(tree, workload, container)['DRAIN_TIMEOUT_S'] ?? Number.NaN),
      )
  const api = Math.max(...seconds('api'))
  return seconds('web').flatMap((web) => (web >= api ? [] : [`web drains for ${web} s, the API for ${api}`]))
})

/** Nothing of the simulator is in an overlay with a real model server. */
const simulators: Check = (folder) =>
  (['cluster', 'ha'] as const).flatMap((overlay) =>
    folder
      .text(rendered(overlay))
      .split('\n')
      .flatMap((line, index) =>
        /simulator|\bsim\/|\bSIM_/.test(line) ? [`${overlay}:${index + 1}: ${line.trim()}`] : [],
      ),
  )

/** The API's container is written down twice, in `ha` and in `cluster`, and has to be the same. */
const twinApis: Check = (folder) => {
  const [cluster, ha] = (['cluster', 'ha'] as const).map((overlay) => {
    const tree = folder.tree(rendered(overlay))
    const found = [...ours(tree)].find(({ part }) => part === 'api')
    if (found === undefined) return undefined
    return {
      container: { ...record(found.container.value), envFrom: undefined },
      environment: environment(tree, found.workload, found.container),
      volumes: at(found.workload.spec, 'volumes'),
      security: at(found.workload.spec, 'securityContext'),
      grace: at(found.workload.spec, 'terminationGracePeriodSeconds'),
      strategy: at(found.workload.manifest.value, 'spec', 'strategy'),
    }
  })
  return cluster !== undefined && isDeepStrictEqual(cluster, ha) ? [] : ['the APIs of cluster and ha differ']
}

/** NetworkPolicies, Cilium's policies and disruption budgets select existing pods, and name ports that these have. */
const policies = each((tree, overlay) => {
  const pods = workloads(tree)
  const found: string[] = []
  const look = (who: string, selector: unknown, ports: readonly unknown[]): void => {
    const selected = pods.filter(({ labels }) => selects(selector, labels))
    // Pods of load tests are not part of a tree; deploy/loadgen makes them.
    if (selects(selector, { 'app.kubernetes.io/name': 'loadgen' })) return
    if (selected.length === 0) found.push(`${who} selects nothing: ${JSON.stringify(selector)}`)
    const names = selected.flatMap(({ containers }) =>
      containers.flatMap(({ value }) => list(value, 'ports').map((port) => text(port, 'name'))),
    )
    for (const port of ports) {
      const name = text(port, 'port')
      if (selected.length > 0 && typeof at(port, 'port') === 'string' && !names.includes(name))
        found.push(`${who} names a port that is not there: ${name ?? ''}`)
    }
  }
  for (const policy of ofKind(tree, 'NetworkPolicy', 'CiliumNetworkPolicy', 'PodDisruptionBudget')) {
    const spec = at(policy.value, 'spec')
    const who = `${policy.kind} ${policy.name}`
    const own = at(spec, 'podSelector') ?? at(spec, 'endpointSelector') ?? at(spec, 'selector')
    look(
      who,
      own,
      list(spec, 'ingress').flatMap((rule) => list(rule, 'ports')),
    )
    // The page of the base talks to the API over loopback, and to no other pod.
    const oneSided = policy.name === 'page' && overlay !== 'ha'
    for (const rule of list(spec, 'egress'))
      for (const peer of list(rule, 'to'))
        if (at(peer, 'podSelector') !== undefined && at(peer, 'namespaceSelector') === undefined && !oneSided)
          look(who, at(peer, 'podSelector'), list(rule, 'ports'))
  }
  return found
})

/** The load tester accepts the arguments of its Jobs. */
const loadTests: Check = (folder) =>
  workloads(
    folder.tree('loadgen/jobs/whole.yaml', 'loadgen/jobs/shards.yaml', 'loadgen/jobs/merge.yaml'),
  ).flatMap(({ manifest, containers }) =>
    containers.flatMap(({ value }) => {
      const [name, ...args] = list(value, 'args')
        .map(String)
        .map((argument) =>
          argument
            .replace('$(JOB_COMPLETION_INDEX)', '1')
            .replace('$(SHARDS)', '2')
            .replace('$(START_AT)', '2030-01-01T00:00:00Z'),
        )
      const command = commands.find((one) => one.name === name)
      if (command === undefined) return [`${manifest.name}: no command ${name ?? ''}`]
      try {
        readFlags(args, command.flags, { names: '', min: 1, max: 99 })
        return []
      } catch (error) {
        return [`${manifest.name}: ${String(error)}`]
      }
    }),
  )

export const checks = { environments, drains, simulators, twinApis, policies, loadTests }
