// Argo CD's own programs, run on the node. They talk to the cluster's API server as Argo CD's pods would.
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type ControlPlane, NODE_ADDRESS } from '../cluster/control-plane.ts'
import { ensureGoProgram, moduleSource } from '../cluster/go.ts'
import { ensureKustomize } from '../pipeline/kustomize.ts'
import { searchPath } from '../requirements.ts'
import { type DeployRepository, WEBHOOK_SECRET } from './deploy-repository.ts'

const MODULE = 'github.com/argoproj/argo-cd/v3'
const VERSION = 'v3.2.11'
const REDIS = `--redis=${NODE_ADDRESS}:6379`
const shipped = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../../deploy/argocd', name), 'utf8')

/** Names of a single program, which does the work of the name under which it is called. */
const NAMES = [
  // git calls this one for the password.
  'argocd',
  'argocd-application-controller',
  'argocd-repo-server',
  'argocd-server',
] as const

/** The status of an Application. */
export interface ApplicationState {
  sync: string
  health: string
  /** Types and messages of its conditions. */
  conditions: string
}

export class ArgoCd {
  /** URL of Argo CD's API server, on the node. */
  readonly url = `http://${NODE_ADDRESS}:8080`
  readonly #cluster: ControlPlane
  readonly #folder: string
  readonly #deploy: DeployRepository

  private constructor(cluster: ControlPlane, deploy: DeployRepository) {
    this.#cluster = cluster
    this.#deploy = deploy
    this.#folder = join(cluster.box.rig, 'argocd')
  }

  /** Starts Argo CD with the settings of its own manifests. Its custom resources must be defined already. */
  static async start(cluster: ControlPlane, deploy: DeployRepository): Promise<ArgoCd> {
    const argocd = new ArgoCd(cluster, deploy)
    argocd.#preparePrograms()
    await argocd.#install()
    cluster.startPart('redis', [
      'redis-server',
      '--bind',
      NODE_ADDRESS,
      '--save',
      '',
      '--protected-mode',
      'no',
    ])
    const repositories = ['--port=8081', '--metrics-port=8084', '--disable-tls', REDIS]
    argocd.#startProgram('argocd-repo-server', repositories)
    argocd.#startController()
    argocd.#startProgram('argocd-server', [
      '--port=8080',
      '--metrics-port=8085',
      '--insecure',
      ...argocd.#ways,
    ])
    await cluster.until('Argo CD answers', async () => {
      return (await cluster.box.get('node', `${argocd.url}/healthz`)) === 200
    })
    return argocd
  }

  #preparePrograms(): void {
    const program = ensureGoProgram({
      name: 'argocd',
      module: MODULE,
      version: VERSION,
      path: './cmd',
      linkerFlags: `-X ${MODULE}/common.version=${VERSION.slice(1)}`,
    })
    for (const folder of ['bin', 'home', 'tmp']) mkdirSync(join(this.#folder, folder), { recursive: true })
    for (const name of NAMES) symlinkSync(join(program, 'argocd'), join(this.#folder, 'bin', name))
  }

  /** Creates Argo CD's namespace and settings from the manifests in its Go module. */
  async #install(): Promise<void> {
    const settings = join(moduleSource(MODULE, VERSION), 'manifests/base/config')
    await this.#cluster.kubectl(['create', 'namespace', 'argocd'])
    await this.#cluster.kubectl(['apply', '--namespace=argocd', '--kustomize', settings])
    // In a real installation, Argo CD makes the first key, and the person who follows docs/deploy.md the second.
    const stringData = { 'server.secretkey': 'key-of-this-test', 'webhook.gogs.secret': WEBHOOK_SECRET }
    const patch = ['--type=merge', '--patch', JSON.stringify({ stringData })]
    await this.#cluster.kubectl(['patch', 'secret', 'argocd-secret', '--namespace=argocd', ...patch])
  }

  /** Flags that tell the controller and the API server where Redis and the repository server are. */
  get #ways(): string[] {
    return [
      ...['--namespace=argocd', REDIS],
      ...[`--repo-server=${NODE_ADDRESS}:8081`, '--repo-server-plaintext'],
    ]
  }

  #startProgram(name: (typeof NAMES)[number], args: readonly string[]): void {
    const bin = join(this.#folder, 'bin')
    const env = {
      PATH: `${bin}:${ensureKustomize()}:${searchPath()}`,
      HOME: join(this.#folder, 'home'),
      TMPDIR: join(this.#folder, 'tmp'),
      ARGOCD_GPG_ENABLED: 'false',
      // The program does not run in a pod; it deploys to the cluster that its kubeconfig names.
      ARGOCD_FAKE_IN_CLUSTER: 'true',
      KUBECONFIG: join(this.#cluster.box.rig, 'admin.kubeconfig'),
    }
    const assignments = Object.entries(env).map(([key, value]) => `${key}=${value}`)
    this.#cluster.startPart(name, ['env', ...assignments, join(bin, name), ...args])
  }

  #startController(): void {
    this.#startProgram('argocd-application-controller', ['--metrics-port=8083', ...this.#ways])
  }

  /** Applies our AppProject and Application, with the URL of this test's deploy repository. */
  async deploy(): Promise<void> {
    for (const name of ['project.yaml', 'application.yaml'])
      await this.#cluster.apply(
        shipped(name).replaceAll('https://gitea.example/bootcamp/notes-deploy.git', this.#deploy.url),
      )
  }

  /** Applies the repository Secret. @param url of the repository in the Secret */
  async trust(url = this.#deploy.url): Promise<void> {
    const { user, password } = this.#deploy.login
    await this.#cluster.apply(
      shipped('repository.example.yaml')
        .replace('https://gitea.example/bootcamp/notes-deploy.git', url)
        .replace('username: argocd', `username: ${user}`)
        .replace('FILL-IN', password),
    )
  }

  /** Merges deploy/argocd/argocd-cm.yaml into Argo CD's settings and restarts the controller, as docs/deploy.md does. */
  async configure(): Promise<void> {
    const file = join(import.meta.dirname, '../../../deploy/argocd/argocd-cm.yaml')
    const patch = ['--type=merge', `--patch-file=${file}`]
    await this.#cluster.kubectl(['patch', 'configmap', 'argocd-cm', '--namespace=argocd', ...patch])
    await this.#cluster.stopPart('argocd-application-controller')
    this.#startController()
  }

  /** Makes Argo CD compare the Application with git now, as its button Hard Refresh does. */
  async refresh(): Promise<void> {
    const button = 'argocd.argoproj.io/refresh=hard'
    await this.#cluster.kubectl([
      'annotate',
      'application',
      'chat-ui',
      '--namespace=argocd',
      '--overwrite',
      button,
    ])
  }

  async state(): Promise<ApplicationState> {
    const what = ['get', 'application', 'chat-ui', '--namespace=argocd', '--output=json']
    const { status = {} } = JSON.parse(await this.#cluster.kubectl(what)) as {
      status?: {
        sync?: { status?: string }
        health?: { status?: string }
        conditions?: { type: string; message: string }[]
      }
    }
    return {
      sync: status.sync?.status ?? '',
      health: status.health?.status ?? '',
      conditions: (status.conditions ?? []).map(({ type, message }) => `${type}: ${message}`).join('\n'),
    }
  }
}
