import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { change, commit, createApplication, createDeployment, git, stored } from './application.ts'
import type { GitServer } from './git-server.ts'
import type { Registry } from './registry.ts'
import { runStages } from './stages.ts'
import { startSurroundings, type Surroundings } from './surroundings.ts'

/** A checkout of notes-app, and the deploy repository that its pipeline writes to. */
export interface Case {
  app: string
  /** The bare repository's folder. */
  deploy: string
  /** Another person's checkout of the deploy repository. */
  elsewhere: string
  /** The deploy repository's URL at a server, or at a proxy in front of it. */
  url: (server: string) => string
}

/** The servers that a pipeline needs, and a checkout of notes-app whose images are pushed. */
export class Rehearsal implements AsyncDisposable {
  readonly folder: string
  readonly git: GitServer
  readonly registry: Registry
  /** File with the registry's login. */
  readonly login: string
  /** The stages' parameters. */
  readonly environment: Record<string, string>
  /** The checkout whose images are pushed. */
  readonly pushed: string
  readonly #surroundings: Surroundings
  #cases = 0

  private constructor(folder: string, surroundings: Surroundings) {
    this.folder = folder
    this.#surroundings = surroundings
    this.git = surroundings.git
    this.registry = surroundings.registry
    this.login = surroundings.login
    this.pushed = join(folder, 'pushed')
    this.environment = {
      ...surroundings.environment,
      CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
      IMAGES: 'slicechat-web slicechat-api',
    }
  }

  static async start(): Promise<Rehearsal> {
    const folder = mkdtempSync(join(tmpdir(), 'slicechat-pipeline-test-'))
    // Image storage of its own, without mounts, so that removing the folder removes it.
    const storage = `[storage]\ndriver = "vfs"\ngraphroot = "${folder}/images"\nrunroot = "${folder}/run"\n`
    writeFileSync(join(folder, 'storage.conf'), storage)
    const rehearsal = new Rehearsal(folder, await startSurroundings(join(folder, 'git')))
    await createApplication(rehearsal.pushed, rehearsal.git.create('app.git'))
    await rehearsal.finish(0, rehearsal.pushed, ['build', 'push'])
    return rehearsal
  }

  /** A checkout whose images are pushed, and a deploy repository that does not have their digests yet. */
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

  /** Runs stages and expects the exit code `code`. @returns what they printed */
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
    await this.#surroundings[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Changes both images in a checkout. @param time of the commit, Unix seconds @returns the commit's hash */
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
