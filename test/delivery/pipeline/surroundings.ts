import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GitServer, type Login, startGitServer } from './git-server.ts'
import { ensureKustomize } from './kustomize.ts'
import { type Registry, startRegistry } from './registry.ts'
import { succeed } from './stages.ts'

/** The pipeline's login at the git server. */
export const developer = { user: 'pipeline', password: 'git-secret-6d1f' }
// A login like those of Harbor's robots, with characters that a shell would expand or split.
const robot = { user: 'robot$bootcamp+ci', password: 'reg $HOME "secret" 9b2e' }

/** Strings that must not appear in a log or among a process's arguments. */
export const SECRETS = [developer, robot].flatMap((login) => [login.password, basic(login)])

function basic({ user, password }: Login): string {
  return Buffer.from(`${user}:${password}`).toString('base64')
}

/** A git server and a registry, both with a password. */
export interface Surroundings extends AsyncDisposable {
  git: GitServer
  registry: Registry
  /** Parameters that make the stages use both servers. */
  environment: Record<string, string>
  /** File that tells container tools the registry's user and password. */
  login: string
  /** Checks a repository out into a new folder, over HTTP. */
  clone: (repository: string, folder: string) => Promise<unknown>
}

/** Starts both servers. @param folder for the bare repositories; made here */
export async function startSurroundings(folder: string): Promise<Surroundings> {
  const kustomize = ensureKustomize()
  mkdirSync(folder)
  const git = await startGitServer(folder, developer)
  const registry = await startRegistry(robot)
  const login = join(folder, 'registry-login.json')
  writeFileSync(login, JSON.stringify({ auths: { [registry.host]: { auth: basic(robot) } } }))
  return {
    git,
    registry,
    login,
    environment: {
      PATH: `${kustomize}:${process.env.PATH ?? ''}`,
      BUILDAH_ISOLATION: 'chroot',
      BUILDER: 'buildah',
      REGISTRY: registry.host,
      INSECURE_REGISTRY: registry.host,
      REGISTRY_USER: robot.user,
      REGISTRY_PASSWORD: robot.password,
      GIT_USER: developer.user,
      GIT_PASSWORD: developer.password,
      RETRIES: '3',
    },
    clone: (repository, into) =>
      succeed('git', ['clone', '--quiet', `${git.url}/${repository}`, into], '/', {
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'http.extraHeader',
        GIT_CONFIG_VALUE_0: `authorization: Basic ${basic(developer)}`,
      }),
    [Symbol.asyncDispose]: async () => {
      await git[Symbol.asyncDispose]()
      await registry[Symbol.asyncDispose]()
    },
  }
}
