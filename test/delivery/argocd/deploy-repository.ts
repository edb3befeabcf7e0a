// The repository notes-deploy on a git server in the cluster's network, and the pipeline's stage that writes to it.
import { createHmac } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ControlPlane, NODE_ADDRESS } from '../cluster/control-plane.ts'
import { git, layOut } from '../pipeline/application.ts'
import { ensureKustomize } from '../pipeline/kustomize.ts'
import { developer } from '../pipeline/surroundings.ts'
import { searchPath } from '../requirements.ts'

const repository = join(import.meta.dirname, '../../..')
const PORT = 3000
/** The key with which Gitea signs its messages to Argo CD. */
export const WEBHOOK_SECRET = 'webhook-secret-80c5'

export class DeployRepository {
  /** URL of the repository for Argo CD and the pipeline. */
  readonly url = `http://${NODE_ADDRESS}:${PORT}/bootcamp/notes-deploy.git`
  readonly login = developer
  readonly #cluster: ControlPlane
  /** The bare repository's folder. */
  readonly #bare: string
  #commits = 0

  private constructor(cluster: ControlPlane) {
    this.#cluster = cluster
    this.#bare = join(cluster.box.rig, 'git/bootcamp/notes-deploy.git')
  }

  /** Fills the repository as step 5.4 of docs/deploy.md does, and serves it. */
  static async start(cluster: ControlPlane): Promise<DeployRepository> {
    const deploy = new DeployRepository(cluster)
    mkdirSync(deploy.#bare, { recursive: true })
    await git(deploy.#bare, 'init', '--quiet', '--bare', '--initial-branch=main')
    await layOut(deploy.#bare, deploy.#checkout, (chat) => {
      // The model server here is a simulator, whose model names begin with `sim/`.
      const file = join(chat, 'slicechat/overlays/cluster/layout/kustomization.yaml')
      const layout = readFileSync(file, 'utf8')
      writeFileSync(file, layout.replace('MODEL=qwen2.5-3b', 'MODEL=sim/qwen2.5-3b'))
    })
    const { user, password } = developer
    cluster.startPart('git', [
      ...[process.execPath, '--no-warnings', join(import.meta.dirname, '../pipeline/git-server.ts')],
      ...[join(cluster.box.rig, 'git'), NODE_ADDRESS, `${PORT}`, user, password],
    ])
    await cluster.until('the git server answers', async () => {
      return (await cluster.box.get('node', deploy.url)) === 401
    })
    return deploy
  }

  get #checkout(): string {
    return join(this.#cluster.box.rig, 'notes-deploy')
  }

  /** Writes digests into the repository by the pipeline's own stage `bump`. @param images references with digests */
  async bump(images: readonly string[]): Promise<void> {
    const { box } = this.#cluster
    const out = join(box.rig, 'pipeline')
    // The stage does not deploy a commit that is older than the deployed one.
    const time = 1_800_000_000 + ++this.#commits
    const revision = time.toString(16).padStart(40, '0')
    const digests = images.map((image) => image.replace(/^.*\/([^/@]+)@/, '$1 '))
    mkdirSync(out, { recursive: true })
    writeFileSync(join(out, 'digests'), [`commit ${revision}`, ...digests, ''].join('\n'))
    const { code, stderr } = await box.run('node', ['sh', join(repository, 'deploy/pipeline/bump.sh')], {
      env: {
        REGISTRY: 'registry.example',
        OUT: out,
        GIT_COMMIT: revision,
        SOURCE_DATE_EPOCH: `${time}`,
        DEPLOY_REPOSITORY: this.url,
        GIT_USER: developer.user,
        GIT_PASSWORD: developer.password,
        PATH: `${ensureKustomize()}:${searchPath()}`,
      },
    })
    if (code !== 0) throw new Error(`bump.sh ended with ${code}: ${stderr}`)
  }

  /** Reverts the last commit, which is how docs/deploy.md goes back. */
  async revert(): Promise<void> {
    await git(this.#checkout, 'pull', '--quiet', '--ff-only', 'origin', 'main')
    await git(this.#checkout, 'revert', '--no-edit', 'HEAD')
    await git(this.#checkout, 'push', '--quiet', 'origin', 'HEAD:main')
  }

  /** Sends Argo CD what Gitea sends after a push, to the URL of deploy/argocd/webhook.json. @returns the HTTP status */
  async announce(argocd: string, secret = WEBHOOK_SECRET): Promise<number> {
    const { config } = JSON.parse(readFileSync(join(repository, 'deploy/argocd/webhook.json'), 'utf8')) as {
      config: { url: string }
    }
    const revision = await git(this.#bare, 'rev-parse', 'main')
    const body = JSON.stringify({
      ref: 'refs/heads/main',
      before: await git(this.#bare, 'rev-parse', 'main~1'),
      after: revision,
      commits: [{ id: revision, added: [], removed: [], modified: ['chat-ui/kustomization.yaml'] }],
      repository: { html_url: this.url.replace(/\.git$/, ''), default_branch: 'main' },
    })
    const headers = {
      'content-type': 'application/json',
      // Gitea also sends the headers of Gogs, and these are what Argo CD reads.
      'x-gitea-event': 'push',
      'x-gogs-event': 'push',
      'x-gogs-signature': createHmac('sha256', secret).update(body).digest('hex'),
    }
    const url = config.url.replace('https://argocd.example', argocd)
    const ask = `const { url, ...init } = JSON.parse(process.argv[1])
      console.log((await fetch(url, { method: 'POST', ...init })).status)`
    const program = [process.execPath, '--input-type=module', '-e', ask]
    const call = JSON.stringify({ url, headers, body })
    const { stdout, stderr } = await this.#cluster.box.run('node', [...program, call])
    if (stdout === '') throw new Error(`Argo CD was not told: ${stderr}`)
    return Number(stdout)
  }
}
