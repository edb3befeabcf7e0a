// A real Kubernetes API server on a real etcd, in namespaces of its own. It checks and stores objects; node.ts adds the
// programs that run pods.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Box, type Output, type Part } from './box.ts'
import { writeCredentials } from './credentials.ts'
import { ensurePrograms, type Programs } from './programs.ts'

export const NODE_ADDRESS = '10.0.24.28'

export class ControlPlane implements AsyncDisposable {
  readonly box: Box
  readonly programs: Programs
  readonly #parts = new Map<string, Part>()

  private constructor(box: Box, programs: Programs) {
    this.box = box
    this.programs = programs
  }

  static async start(): Promise<ControlPlane> {
    const programs = ensurePrograms((line) => console.log(line))
    const box = await Box.open(programs.pause)
    const plane = new ControlPlane(box, programs)
    try {
      writeCredentials(box.rig)
      await plane.#start()
      return plane
    } catch (error) {
      await box[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Starts one of the cluster's own programs, in the node's network. */
  startPart(name: string, command: readonly string[]): void {
    this.#parts.set(name, this.box.start(name, 'node', command))
  }

  async stopPart(name: string, signal?: NodeJS.Signals): Promise<void> {
    await this.#parts.get(name)?.stop(signal)
    this.#parts.delete(name)
  }

  /** Waits until a check passes. Throws at once, with the log, when a program of the cluster has died. */
  async until(what: string, check: () => Promise<boolean>, seconds = 90): Promise<void> {
    const deadline = performance.now() + seconds * 1000
    while (!(await check())) {
      const dead = [...this.#parts].find(([, part]) => !part.running)?.[0]
      if (dead !== undefined) throw new Error(`${dead} ended by itself:\n${this.box.log(dead)}`)
      if (performance.now() > deadline) throw new Error(`Not within ${seconds} s: ${what}`)
      await sleep(200)
    }
  }

  /** Command line of kubectl for the administrator, in the network of the node. */
  get kubectlCommand(): string[] {
    return [this.programs.kubectl, '--kubeconfig', join(this.box.rig, 'admin.kubeconfig')]
  }

  /** Command line of kubectl for the administrator, for a shell outside of the box. */
  get kubectlForShells(): string {
    return ['nsenter', `--net=${this.box.netFile('node')}`, ...this.kubectlCommand].join(' ')
  }

  /** Runs kubectl. Does not throw if kubectl fails. */
  async tryKubectl(args: readonly string[], input?: string): Promise<Output> {
    return this.box.run('node', [...this.kubectlCommand, ...args], {
      ...(input === undefined ? {} : { input }),
      env: { HOME: this.box.rig },
    })
  }

  /** Runs kubectl. @returns its stdout @throws with its stderr if it fails */
  async kubectl(args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await this.tryKubectl(args, input)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`)
    return stdout
  }

  /** Applies objects, given as YAML or JSON. */
  async apply(objects: string): Promise<void> {
    await this.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], objects)
  }

  async #start(): Promise<void> {
    const { rig } = this.box
    const at = (name: string): string => join(rig, name)
    const etcd = 'http://127.0.0.1:2379'
    this.startPart('etcd', [
      ...['etcd', '--data-dir', '/var/lib/etcd', '--unsafe-no-fsync'],
      ...['--listen-client-urls', etcd, '--advertise-client-urls', etcd],
      ...['--listen-peer-urls', 'http://127.0.0.1:2380'],
    ])
    this.startPart('kube-apiserver', [
      ...[this.programs['kube-apiserver'], `--etcd-servers=${etcd}`, '--secure-port=6443'],
      ...[`--advertise-address=${NODE_ADDRESS}`, '--service-cluster-ip-range=10.96.0.0/16'],
      ...[`--tls-cert-file=${at('apiserver.crt')}`, `--tls-private-key-file=${at('apiserver.key')}`],
      ...[`--token-auth-file=${at('tokens.csv')}`, `--cert-dir=${at('apiserver')}`],
      ...[`--service-account-key-file=${at('service-accounts.key')}`],
      ...[`--service-account-signing-key-file=${at('service-accounts.key')}`],
      ...['--service-account-issuer=https://kubernetes.default.svc', '--authorization-mode=Node,RBAC'],
      ...['--enable-admission-plugins=NodeRestriction', '--allow-privileged=true'],
      // `logs` and `exec` use the node's address, since its name does not resolve.
      ...['--kubelet-preferred-address-types=InternalIP'],
    ])
    await this.until('the API server answers', async () => {
      return (await this.tryKubectl(['get', '--raw', '/readyz'])).code === 0
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.box[Symbol.asyncDispose]()
  }
}
