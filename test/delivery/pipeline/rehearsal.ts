import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { change, commit, createApplication, createDeployment, git, stored } from './application.ts'
import { type GitServer, startGitServer } from './git-server.ts'
import { ensureKustomize } from './kustomize.ts'
import { type Registry, startRegistry } from './registry.ts'
import { runStages } from './stages.ts'

const developer = { user: 'pipeline', password: 'git-secret-6d1f' }
// As Harbor names its robots, with all that a shell would expand or split.
const robot = { user: 'robot$bootcamp+ci', password: 'reg $HOME "secret" 9b2e' }

/** What nobody may see in a log or among a process's arguments. */
export const SECRETS = [developer, robot].flatMap(({ user, password }) => [
  password,
  Buffer.from(`${user}:${password}`).toString('base64'),
])

/** A checkout of notes-app, and the deploy repository that its pipeline writes to. */
export interface Case {
  app: string
  /** The bare repository's folder. */
  deploy: string
  /** A checkout of it that somebody else works in. */
  elsewhere: string
  /** Its URL at a server, or at a gate before it. */
  url: (server: string) => string
}

/** A git server and a registry, both with a password, and notes-app with its images pushed. */
export class Rehearsal implements AsyncDisposable {
  readonly folder: string
  readonly git: GitServer
  readonly registry: Registry
  /** The stages' parameters. */
  readonly environment: Record<string, string>
  /** The checkout whose images are pushed. */
  readonly pushed: string
  #cases = 0

  private constructor(folder: string, git: GitServer, registry: Registry, kustomize: string) {
    this.folder = folder
    this.git = git
    this.registry = registry
    this.pushed = join(folder, 'pushed')
    this.environment = {
      PATH: `${kustomize}:${process.env.PATH ?? ''}`,
      CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
      BUILDAH_ISOLATION: 'chroot',
      BUILDER: 'buildah',
      IMAGES: 'slicechat-web slicechat-api',
      REGISTRY: registry.host,
      INSECURE_REGISTRY: registry.host,
      REGISTRY_USER: robot.user,
      REGISTRY_PASSWORD: robot.password,
      GIT_USER: developer.user,
      GIT_PASSWORD: developer.password,
      RETRIES: '3',
    }
  }

  static async start(): Promise<Rehearsal> {
    const kustomize = await ensureKustomize()
    const folder = mkdtempSync(join(tmpdir(), 'slicechat-pipeline-test-'))
    mkdirSync(join(folder, 'git'))
    // Image storage of its own, without mounts, so that removing the folder removes it.
    const storage = `[storage]\ndriver = "vfs"\ngraphroot = "${folder}/images"\nrunroot = "${folder}/run"\n`
    writeFileSync(join(folder, 'storage.conf'), storage)
    const git = await startGitServer(join(folder, 'git'), developer)
    const rehearsal = new Rehearsal(folder, git, await startRegistry(robot), kustomize)
    await createApplication(rehearsal.pushed, git.create('app.git'))
    await rehearsal.finish(0, rehearsal.pushed, ['build', 'push'])
    return rehearsal
  }

  /** A checkout with pushed images and an empty-handed deploy repository. */
  async newCase(): Promise<Case> {
    const name = `${++this.#cases}`
    const deploy = this.git.create(`deploy-${name}.git`)
    const url = (server: string): string => `${server}/deploy-${name}.git`
    this.environment['DEPLOY_REPOSITORY'] = url(this.git.url)
    const app = join(this.folder, `app-${name}`)
    cpSync(this.pushed, app, { recursive: true })
    const elsewhere = join(this.folder, `elsewhere-${name}`)
    await createDeployment(elsewhere, deploy)
    return { app, deploy, elsewhere, url }
  }

  /** Runs stages until they end with `code`. @returns what they printed */
  async finish(
    code: number,
    checkout: string,
    stages: string[],
    env: Record<string, string> = {},
  ): Promise<string> {
    const ended = await runStages(checkout, stages, { ...this.environment, ...env })
    expect(ended.code, ended.output).toBe(code)
    return ended.output
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.git[Symbol.asyncDispose]()
    await this.registry[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Changes both images in a checkout. @param time seconds of the commit @returns the commit */
export function newCommit(checkout: string, time: number): Promise<string> {
  change(checkout)
  return commit(checkout, 'Change', time)
}

/** The deploy repository's `kustomization.yaml` now. */
export function kustomization({ deploy }: Case): Promise<string> {
  return stored(deploy, 'chat-ui/kustomization.yaml')
}

/** Subjects of the deploy repository's commits, the newest first. */
export async function subjects({ deploy }: Case): Promise<string[]> {
  return (await git(deploy, 'log', '--format=%s', 'main')).split('\n')
}
