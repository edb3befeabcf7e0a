import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../../..')
const BASES = {
  RUNTIME_BASE: 'localhost/slicechat/runtime-base',
  BUILD_BASE: 'localhost/slicechat/build-base',
}
export const TARGETS = ['web', 'api', 'loadgen', 'simulator', 'slicechat'] as const
export type Target = (typeof TARGETS)[number]

/** A place for images and containers of this test alone, of which nothing stays. */
export class ImageStore implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'slicechat-images-'))
  readonly #env: NodeJS.ProcessEnv

  constructor() {
    const configuration = join(this.folder, 'storage.conf')
    const [graph, state] = ['graph', 'run'].map((name) => JSON.stringify(join(this.folder, name)))
    writeFileSync(
      configuration,
      `[storage]\ndriver = "overlay"\ngraphroot = ${graph ?? ''}\nrunroot = ${state ?? ''}\n`,
    )
    this.#env = { ...process.env, CONTAINERS_STORAGE_CONF: configuration }
  }

  /** @returns what the command printed; @throws with its error output when it fails */
  async command(program: string, ...args: string[]): Promise<string> {
    return (await this.#run(program, args)).stdout.trim()
  }

  /** As `command`, with what went to standard error after the rest. */
  async everything(program: string, ...args: string[]): Promise<string> {
    const { stdout, stderr } = await this.#run(program, args)
    return stdout + stderr
  }

  #run(program: string, args: string[]) {
    return run(program, args, { cwd: root, env: this.#env, maxBuffer: 64 * 1024 * 1024 })
  }

  /** Both bases of the Dockerfile, from this machine's files: no image registry is asked. */
  async makeBases(): Promise<void> {
    await this.command('deploy/image/base')
  }

  /** @returns the id, which is a digest over all that the image holds and says */
  async build(target: Target, context: string, ...flags: string[]): Promise<string> {
    const ca = '/etc/ssl/certs/ca-certificates.crt'
    const output = await this.command(
      ...(['buildah', 'build', '--isolation=chroot', '--format=docker', '--timestamp=0', '--quiet'] as const),
      ...Object.entries(BASES).map(([name, image]) => `--build-arg=${name}=${image}`),
      ...[`--build-arg=NODE_EXTRA_CA_CERTS=${ca}`, '--build-arg=REVISION=tested', ...flags],
      ...[`--target=${target}`, `--tag=${imageOf(target)}`, context],
    )
    return output.split('\n').at(-1) ?? ''
  }

  async inspect<T>(image: string): Promise<T> {
    const [found] = JSON.parse(await this.command('podman', 'image', 'inspect', image)) as [T]
    return found
  }

  /** Bytes that an image adds to the base that it runs on. */
  async addedBytes(target: Target): Promise<number> {
    const [whole, base] = await Promise.all(
      [imageOf(target), BASES.RUNTIME_BASE].map((image) => this.inspect<{ Size: number }>(image)),
    )
    return (whole?.Size ?? NaN) - (base?.Size ?? NaN)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const attempt = (...command: [string, ...string[]]) => this.command(...command).catch(() => '')
    await attempt('podman', 'rm', '--all', '--force', '--volumes', '--time', '0')
    await attempt('buildah', 'rm', '--all')
    // The driver mounts its own folder; podman's own way to undo that needs an image store that is whole.
    await attempt('umount', join(this.folder, 'graph/overlay'))
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export const imageOf = (target: Target): string =>
  `localhost/slicechat/${target === 'slicechat' ? target : `slicechat-${target}`}`
