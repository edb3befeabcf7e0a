import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Enclosure } from './enclosure.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../../..')
const BASES = {
  RUNTIME_BASE: 'localhost/slicechat/runtime-base',
  BUILD_BASE: 'localhost/slicechat/build-base',
}
export const RUNTIME_BASE = BASES.RUNTIME_BASE
export const NAMES = [
  'slicechat-web',
  'slicechat-api',
  'slicechat-loadgen',
  'slicechat-simulator',
  'slicechat',
] as const
/** A digest or reference of each image, by image name. */
export type Images = Record<(typeof NAMES)[number], string>

/** runc and cgroupfs work without systemd. */
const ENGINE = ['--runtime=runc', '--cgroup-manager=cgroupfs']

/** Storage for images and containers that only this test uses. */
export class ImageStore {
  readonly #enclosure: Enclosure
  /** Environment that makes container engines use this store. */
  readonly environment: { CONTAINERS_STORAGE_CONF: string }

  constructor(enclosure: Enclosure, name: string) {
    this.#enclosure = enclosure
    const folder = join(enclosure.folder, name)
    mkdirSync(folder)
    const file = join(folder, 'storage.conf')
    const storage = `driver = "overlay"\ngraphroot = "${folder}/graph"\nrunroot = "${folder}/run"`
    writeFileSync(file, `[storage]\n${storage}\n`)
    this.environment = { CONTAINERS_STORAGE_CONF: file }
  }

  /** Runs a command in the enclosure. @returns its output @throws with its error output if it fails */
  command(program: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
    const inside = this.#enclosure.command(root, program, ...args)
    return run(...inside, { env: { ...process.env, ...this.environment }, maxBuffer: 64 * 1024 * 1024 })
  }

  /** Runs podman. @returns what it printed */
  async podman(...args: string[]): Promise<string> {
    return (await this.command('podman', ...ENGINE, ...args)).stdout.trim()
  }

  /** Everything that a container printed, stdout before stderr. */
  async logs(container: string): Promise<string> {
    const { stdout, stderr } = await this.command('podman', ...ENGINE, 'logs', container)
    return stdout + stderr
  }

  /** Starts a container in a control group of this test's own. @returns its id */
  start(...args: string[]): Promise<string> {
    return this.podman('run', '--detach', `--cgroup-parent=/${this.#enclosure.cgroup}`, ...args)
  }

  /**
   * Makes both bases of the Dockerfile from this machine's files, since image registries may be out of reach.
   * @returns the build arguments that name them, one on each line
   */
  async makeBases(): Promise<string> {
    await this.command('deploy/image/base')
    const given = { ...BASES, NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt' }
    return Object.entries(given)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n')
  }

  async inspect<T>(image: string): Promise<T> {
    const [found] = JSON.parse(await this.podman('image', 'inspect', image)) as [T]
    return found
  }

  /** Bytes that an image adds to the base that it runs on. */
  async addedBytes(image: string): Promise<number> {
    const [whole, base] = await Promise.all(
      [image, RUNTIME_BASE].map((each) => this.inspect<{ Size: number }>(each)),
    )
    return (whole?.Size ?? NaN) - (base?.Size ?? NaN)
  }
}
