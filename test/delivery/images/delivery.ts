import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { commit, git, layOut, stored } from '../pipeline/application.ts'
import { succeed } from '../pipeline/stages.ts'
import { startSurroundings, type Surroundings } from '../pipeline/surroundings.ts'
import type { Enclosure } from './enclosure.ts'
import type { ImageStore } from './image-store.ts'

const root = join(import.meta.dirname, '../../..')

/** This working copy as a commit on a git server, with the registry and the deploy repository that its pipeline writes to. */
export class Delivery implements AsyncDisposable {
  readonly #enclosure: Enclosure
  readonly surroundings: Surroundings
  /** The commit that is delivered. */
  readonly revision: string
  /** The bare deploy repository's folder. */
  readonly deploy: string

  private constructor(enclosure: Enclosure, surroundings: Surroundings, revision: string, deploy: string) {
    this.#enclosure = enclosure
    this.surroundings = surroundings
    this.revision = revision
    this.deploy = deploy
  }

  static async start(enclosure: Enclosure): Promise<Delivery> {
    const surroundings = await startSurroundings(join(enclosure.folder, 'git'))
    const app = join(enclosure.folder, 'working-copy')
    await git('/', 'clone', '--quiet', surroundings.git.create('app.git'), app)
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
    })
    const files = listed
      .toString()
      .split('\0')
      .filter((file) => file !== '' && existsSync(join(root, file)))
    execFileSync('cp', ['--parents', ...files, app], { cwd: root })
    const revision = await commit(app, 'As it stands', 1_800_000_000)

    const deploy = surroundings.git.create('deploy.git')
    await layOut(deploy, join(enclosure.folder, 'deployment'))
    return new Delivery(enclosure, surroundings, revision, deploy)
  }

  /** A fresh checkout of the commit. @returns its folder */
  async checkout(name: string): Promise<string> {
    const folder = join(this.#enclosure.folder, name)
    await this.surroundings.clone('app.git', folder)
    return folder
  }

  /** Runs a stage of the pipeline as one does without Jenkins. @returns what it printed */
  stage(
    store: ImageStore,
    checkout: string,
    stage: string,
    env: Record<string, string> = {},
  ): Promise<string> {
    const [program, args] = this.#enclosure.command(checkout, 'sh', 'deploy/pipeline/run.sh', stage)
    const { environment, git: server } = this.surroundings
    const repository = { DEPLOY_REPOSITORY: `${server.url}/deploy.git` }
    return succeed(program, args, '/', { ...environment, ...repository, ...store.environment, ...env })
  }

  /** The manifests that Argo CD would apply now. */
  async rendered(): Promise<string> {
    const folder = join(this.#enclosure.folder, 'rendered')
    await this.surroundings.clone('deploy.git', folder)
    return succeed('kustomize', ['build', 'chat-ui'], folder, this.surroundings.environment)
  }

  /** The deploy repository's `kustomization.yaml` now. */
  kustomization(): Promise<string> {
    return stored(this.deploy, 'chat-ui/kustomization.yaml')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.surroundings[Symbol.asyncDispose]()
  }
}
