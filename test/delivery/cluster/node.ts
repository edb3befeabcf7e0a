// The node of a cluster, and the controllers that give it work. With them, pods run, Services lead to pods, names resolve and
// NetworkPolicies are enforced.
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Box, Output } from './box.ts'
import { type ControlPlane, NODE_ADDRESS } from './control-plane.ts'
import { writeScratchImage } from './scratch-image.ts'

export const NODE = 'cp-1'

/** Copies config/ into the rig, with the rig's folder and control group in place of the words RIG and CGROUP. */
function writeConfiguration({ rig, cgroup }: Box): void {
  const folder = join(rig, 'config')
  cpSync(join(import.meta.dirname, 'config'), folder, { recursive: true })
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, name)
    if (!statSync(file).isFile()) continue
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('RIG', rig).replaceAll('CGROUP', cgroup))
  }
}

export class KubernetesNode {
  readonly cluster: ControlPlane

  private constructor(cluster: ControlPlane) {
    this.cluster = cluster
  }

  /** Starts the node of an API server that has none. Resolves when the cluster's DNS is available. */
  static async join(cluster: ControlPlane): Promise<KubernetesNode> {
    const node = new KubernetesNode(cluster)
    writeConfiguration(cluster.box)
    node.#startControllers()
    await cluster.apply(readFileSync(node.#file('config/cluster.yaml'), 'utf8'))
    await node.startContainerd()
    for (const program of [cluster.programs.pause, cluster.programs.coredns])
      await node.#importImage(writeScratchImage(program, cluster.box.rig))
    node.startKubelet()
    node.#startServiceProxy()
    await node.untilReady()
    node.#startNetworkPolicies()
    const dns = ['deployment/coredns', '--namespace=kube-system']
    await cluster.kubectl(['wait', '--for=condition=Available', ...dns, '--timeout=90s'])
    return node
  }

  #file(name: string): string {
    return join(this.cluster.box.rig, name)
  }

  #startControllers(): void {
    const { cluster } = this
    const serviceAccounts = `--service-account-private-key-file=${this.#file('service-accounts.key')}`
    cluster.startPart('kube-controller-manager', [
      cluster.programs['kube-controller-manager'],
      `--kubeconfig=${this.#file('kube-controller-manager.kubeconfig')}`,
      ...[serviceAccounts, '--use-service-account-credentials=true'],
      ...[`--root-ca-file=${this.#file('ca.crt')}`, `--cert-dir=${this.#file('controllers')}`],
      // The CNI bridge gives pods their addresses, not a controller.
      ...['--leader-elect=false', '--controllers=*,-node-ipam-controller'],
    ])
    const scheduler = this.#file('kube-scheduler.kubeconfig')
    cluster.startPart('kube-scheduler', [
      ...[cluster.programs['kube-scheduler'], `--kubeconfig=${scheduler}`, '--leader-elect=false'],
      ...[`--authentication-kubeconfig=${scheduler}`, `--authorization-kubeconfig=${scheduler}`],
    ])
  }

  async startContainerd(): Promise<void> {
    this.cluster.startPart('containerd', ['containerd', '-c', this.#file('config/containerd.toml')])
    await this.cluster.until('containerd answers', async () => (await this.ctr(['version'])).code === 0)
  }

  startKubelet(): void {
    this.cluster.startPart('kubelet', [
      ...[this.cluster.programs.kubelet, `--config=${this.#file('config/kubelet.yaml')}`],
      ...[`--kubeconfig=${this.#file('kubelet.kubeconfig')}`, `--root-dir=${this.#file('kubelet')}`],
      ...[`--cert-dir=${this.#file('kubelet-pki')}`, `--hostname-override=${NODE}`],
      `--node-ip=${NODE_ADDRESS}`,
    ])
  }

  #startServiceProxy(): void {
    const { programs } = this.cluster
    this.cluster.startPart('kube-proxy', [
      programs['kube-proxy'],
      `--config=${this.#file('config/kube-proxy.yaml')}`,
    ])
  }

  /** To be called once the node has registered, since the program looks for the node only when it starts. */
  #startNetworkPolicies(): void {
    const { programs } = this.cluster
    this.cluster.startPart('network-policies', [
      ...[programs['network-policies'], `--kubeconfig=${this.#file('admin.kubeconfig')}`],
      ...[`--hostname-override=${NODE}`, '--service-cluster-ip-range=10.96.0.0/16'],
    ])
  }

  /** Restarts the node as after a power loss: its programs and pods are killed, and its bridge and iptables rules removed. */
  async restart(): Promise<void> {
    const { cluster } = this
    const programs = ['kubelet', 'kube-proxy', 'network-policies', 'containerd']
    await Promise.all(programs.map((name) => cluster.stopPart(name, 'SIGKILL')))
    const lost = [
      `find /sys/fs/cgroup/*${cluster.box.cgroup} -name cgroup.procs -exec cat {} + | sort -u | xargs -r kill -9`,
      'pkill -9 -f ^/usr/bin/containerd-shim-runc-v2',
      'ip link del cni0',
      'iptables-save | grep -E "^(\\*|COMMIT)" | iptables-restore',
    ]
    await cluster.box.run('node', ['sh', '-c', lost.join('; ')])
    await this.startContainerd()
    this.startKubelet()
    this.#startServiceProxy()
    await this.untilReady()
    this.#startNetworkPolicies()
  }

  async untilReady(): Promise<void> {
    await this.cluster.until('the node is ready', async () => {
      const { stdout } = await this.cluster.tryKubectl(['get', 'node', NODE, '--no-headers'])
      return / Ready /.test(stdout)
    })
  }

  /** Runs containerd's own command `ctr` in the namespace that the kubelet uses for images and containers. */
  async ctr(args: readonly string[]): Promise<Output> {
    return this.cluster.box.run('node', ['ctr', '-a', '/run/containerd.sock', '-n', 'k8s.io', ...args])
  }

  async #importImage(archive: string): Promise<void> {
    const { code, stderr } = await this.ctr(['images', 'import', archive])
    if (code !== 0) throw new Error(`ctr images import ${archive}: ${stderr}`)
  }
}
