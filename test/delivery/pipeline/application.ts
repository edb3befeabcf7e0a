import { randomBytes } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { succeed } from './stages.ts'

const root = join(import.meta.dirname, '../../..')
/** Author of the test's commits, as environment variables of git. */
export const author = {
  GIT_AUTHOR_NAME: 'Developer',
  GIT_AUTHOR_EMAIL: 'developer@example.com',
  GIT_COMMITTER_NAME: 'Developer',
  GIT_COMMITTER_EMAIL: 'developer@example.com',
}

/** Two images with one file each, so that a build takes only a moment. */
const DOCKERFILE = `FROM scratch AS web
ARG REVISION
LABEL org.opencontainers.image.revision="$REVISION"
COPY web.bin /
FROM scratch AS api
ARG REVISION
LABEL org.opencontainers.image.revision="$REVISION"
COPY api.bin /
`

const KUSTOMIZATION = `# The overlay that Argo CD renders.
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - deployment.yaml
images:
  - name: slicechat-web
    newName: registry.example/bootcamp/slicechat-web
    digest: sha256:${'0'.repeat(64)}
  - name: slicechat-api
    newName: registry.example/bootcamp/slicechat-api
    digest: sha256:${'0'.repeat(64)}
  - name: nginx
    digest: sha256:${'1'.repeat(64)}
`

/** Runs git in a folder. @returns what it printed */
export function git(folder: string, ...args: string[]): Promise<string> {
  return succeed('git', args, folder, author)
}

/** Commits everything in a folder and pushes it. @param time of the commit, Unix seconds @returns the commit's hash */
export async function commit(folder: string, message: string, time: number): Promise<string> {
  await git(folder, 'add', '--all')
  await succeed('git', ['commit', '--quiet', '--message', message], folder, {
    ...author,
    GIT_AUTHOR_DATE: `${time} +0000`,
    GIT_COMMITTER_DATE: `${time} +0000`,
  })
  await git(folder, 'push', '--quiet', '--force', 'origin', 'HEAD:main')
  return git(folder, 'rev-parse', 'HEAD')
}

/** Makes a checkout of a repository with the pipeline of this one and two small images. */
export async function createApplication(folder: string, repository: string): Promise<void> {
  await git('/', 'clone', '--quiet', repository, folder)
  cpSync(join(root, 'deploy/pipeline'), join(folder, 'deploy/pipeline'), { recursive: true })
  writeFileSync(join(folder, 'Dockerfile'), DOCKERFILE)
  writeFileSync(join(folder, '.gitignore'), 'build/\n')
  writeFileSync(join(folder, '.dockerignore'), '*\n!*.bin\n')
  change(folder)
  await commit(folder, 'Application', 1_800_000_000)
}

/** Gives both images new contents. */
export function change(folder: string): void {
  // Random bytes, since compressible ones would be pushed in one packet.
  for (const name of ['web.bin', 'api.bin']) writeFileSync(join(folder, name), randomBytes(300_000))
}

/** Makes a checkout of a deploy repository whose folder `chat-ui` names both images and one that is not ours. */
export async function createDeployment(folder: string, repository: string): Promise<void> {
  await git('/', 'clone', '--quiet', repository, folder)
  mkdirSync(join(folder, 'chat-ui'))
  writeFileSync(join(folder, 'chat-ui/kustomization.yaml'), KUSTOMIZATION)
  const containers = ['slicechat-web', 'slicechat-api', 'nginx'].map((name) => ({ name, image: name }))
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'chat-ui' },
    spec: { template: { spec: { containers } } },
  }
  writeFileSync(join(folder, 'chat-ui/deployment.yaml'), JSON.stringify(deployment))
  await commit(folder, 'Deployment', 1_800_000_000)
}

/**
 * Fills an empty deploy repository as step 5.4 of docs/deploy.md does.
 * @param folder for a checkout of it; made here
 * @param adapt called with the folder `chat-ui` before it is committed
 */
export async function layOut(
  repository: string,
  folder: string,
  adapt?: (chat: string) => void,
): Promise<void> {
  await git('/', 'clone', '--quiet', repository, folder)
  const chat = join(folder, 'chat-ui')
  mkdirSync(chat)
  cpSync(join(root, 'deploy/argocd/notes-deploy/chat-ui'), chat, { recursive: true })
  cpSync(join(root, 'deploy'), join(chat, 'slicechat'), { recursive: true })
  adapt?.(chat)
  await commit(folder, 'First layout', 1_800_000_000)
}

/** The current content of a file on the branch `main`, read from the bare repository. */
export function stored(repository: string, file: string): Promise<string> {
  return git(repository, 'show', `main:${file}`)
}

/** The digests that `push.sh` left in a checkout, by image. @param out the stages' parameter OUT */
export function pushedDigests(checkout: string, out = 'build/pipeline'): Record<string, string> {
  const lines = readFileSync(join(checkout, out, 'digests'), 'utf8')
    .trim()
    .split('\n')
  return Object.fromEntries(lines.slice(1).map((line) => line.split(' ') as [string, string]))
}
