import type { Check } from '../check.ts'
import { type SshCommand, sshCommands } from '../ssh-command.ts'
import { behind, environment, ofKind, type Tree, workloads } from '../tree.ts'
import { at } from '../value.ts'

/** Makes a check of how ssh is called. */
function sshCheck(
  words: Pick<Check, 'id' | 'symptom' | 'cause' | 'fix'>,
  problem: (command: SshCommand) => string | undefined,
): Check {
  return {
    ...words,
    *find(tree) {
      for (const command of sshCommands(tree)) {
        const detail = problem(command)
        if (detail !== undefined) yield { ...command.where, detail }
      }
    },
  }
}

/** Whether an option has no allowed value. An absent option is accepted if it may stand in a file that is not here. */
const lacks = ({ options, elsewhere }: SshCommand, name: string, allowed: RegExp): boolean => {
  const value = options.get(name.toLowerCase())
  return value === undefined ? !elsewhere : !allowed.test(value)
}

const fork = sshCheck(
  {
    id: 'ssh-fork',
    symptom:
      'systemd says the tunnel’s unit is dead or restarts it for ever, while an old ssh holds the port.',
    cause: '`ssh -f` goes to the background: the supervisor sees its process end and watches nothing.',
    fix: 'Leave `-f` out (`ssh -NT …`) and let the unit or the container run it in the foreground.',
  },
  (command) =>
    command.arguments.some((word) => /^-[A-Za-z]*f[A-Za-z]*$/.test(word) && !/^-[oLRDWFip]/.test(word)) ||
    /yes|true/.test(command.options.get('forkafterauthentication') ?? '')
      ? 'ssh leaves for the background'
      : undefined,
)

const forwardFailure = sshCheck(
  {
    id: 'ssh-forward-failure',
    symptom: 'ssh runs, the unit is active, and nobody listens on the tunnel’s port.',
    cause: 'Where the port is taken, ssh only warns and stays, unless it is told to end.',
    fix: 'Add `-o ExitOnForwardFailure=yes`, so that the supervisor tries again.',
  },
  (command) =>
    lacks(command, 'ExitOnForwardFailure', /^(yes|true)$/i) ? 'ssh stays when it cannot forward' : undefined,
)

const keepalive = sshCheck(
  {
    id: 'ssh-keepalive',
    symptom: 'After an outage of the network the tunnel stays dead for minutes or hours, with ssh running.',
    cause: 'Without questions of its own ssh does not notice that the other side is gone.',
    fix: 'Add `-o ServerAliveInterval=10 -o ServerAliveCountMax=3`: ssh ends after 30 s of silence.',
  },
  (command) =>
    lacks(command, 'ServerAliveInterval', /^[1-9]\d*$/)
      ? 'ssh never asks whether the far side is there'
      : undefined,
)

const hostKey = sshCheck(
  {
    id: 'ssh-host-key',
    symptom: 'Nothing, until somebody answers in the far host’s place and reads every chat.',
    cause:
      'With `StrictHostKeyChecking=no` (or `accept-new`) ssh believes a host whose key it has never seen.',
    fix: 'Put the host’s key into a `UserKnownHostsFile` and set `StrictHostKeyChecking=yes`.',
  },
  ({ options }) =>
    /^(no|off|accept-new)$/i.test(options.get('stricthostkeychecking') ?? '')
      ? 'any host’s key is taken'
      : undefined,
)

const restart = sshCheck(
  {
    id: 'ssh-restart',
    symptom: 'The tunnel broke once and never came back.',
    cause:
      'systemd starts a unit again only with `Restart=`; `on-failure` leaves out an ssh that ended with 0.',
    fix: 'Set `Restart=always` and a `RestartSec=` of some seconds, and `StartLimitIntervalSec=0`.',
  },
  ({ unit }) =>
    unit !== undefined && !/^Restart\s*=\s*always\s*$/m.test(unit)
      ? 'the unit lacks Restart=always'
      : undefined,
)

const authorizedKeys: Check = {
  id: 'ssh-authorized-keys',
  symptom: 'Whoever has the tunnel’s key has a shell on the GPU’s host.',
  cause: 'A key without `restrict` and `permitopen` may do everything that its user may.',
  fix: 'Write `restrict,port-forwarding,permitopen="127.0.0.1:8000"` before the key, of a user that is not root.',
  *find(tree) {
    for (const file of tree.files) {
      if (!/authorized_keys/.test(file.path.split('/').at(-1) ?? '')) continue
      for (const [index, line] of file.text.split('\n').entries())
        if (/\b(ssh-(ed25519|rsa)|ecdsa-sha2-\S+|sk-\S+)\s/.test(line) && !line.startsWith('#'))
          if (!/(^|,)restrict(,|\s)/.test(line) || !/permitopen=/.test(line))
            yield { in: file, path: [index + 1], detail: 'the key is not limited to the model server’s port' }
    }
  },
}

const gatewayReadiness: Check = {
  id: 'gateway-readiness',
  symptom: 'The gateway’s pods are ready and answers fail, since the tunnel behind them is dead.',
  cause: 'Their readiness asks the gateway itself (or nothing), not the model server through the tunnel.',
  fix: 'Use an HTTP readiness probe on a path that goes through, such as vLLM’s /health.',
  *find(tree) {
    const upstreams = upstreamHosts(tree)
    for (const service of ofKind(tree, 'Service')) {
      if (!upstreams.some((host) => isNamed(host, service.name, service.namespace))) continue
      for (const { manifest, path, containers } of behind(service, tree))
        if (!containers.some(({ value }) => asks(at(value, 'readinessProbe'))))
          yield {
            in: manifest,
            path: [...(containers[0]?.path ?? path), 'readinessProbe'],
            detail: `pods behind Service ${service.name} are ready whatever the model server does`,
          }
    }
  },
}

const asks = (probe: unknown): boolean =>
  at(probe, 'httpGet') !== undefined || at(probe, 'exec') !== undefined || at(probe, 'grpc') !== undefined

/** Host names of the model servers with which containers are configured. */
function upstreamHosts(tree: Tree): string[] {
  return workloads(tree).flatMap((workload) =>
    workload.containers.flatMap((container) => {
      const url = environment(tree, workload, container, 'VLLM_URL')
      return url !== undefined && URL.canParse(url) ? [new URL(url).hostname] : []
    }),
  )
}

const isNamed = (host: string, name: string, namespace: string): boolean =>
  host === name || host.startsWith(`${name}.${namespace}`)

export const tunnel = [fork, forwardFailure, keepalive, hostKey, restart, authorizedKeys, gatewayReadiness]
