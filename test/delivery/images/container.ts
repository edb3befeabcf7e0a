import { readFileSync } from 'node:fs'
import { imageOf, type ImageStore, type Target } from './image-store.ts'

/** runc and cgroupfs work without systemd; the limits are those that a machine without CAP_SYS_RESOURCE may set. */
const ENGINE = ['--runtime=runc', '--cgroup-manager=cgroupfs']
const STRICT = [
  ...['--read-only', '--read-only-tmpfs=false', '--cap-drop=ALL', '--security-opt=no-new-privileges'],
  ...['--network=host', '--no-healthcheck', '--log-driver=k8s-file'],
  ...['--ulimit=nofile=1024:4096', '--ulimit=nproc=4096:4096'],
]

interface State {
  StartedAt: string
  Pid: number
  ExitCode: number
}

/** An image running as strictly as Pod Security `restricted` asks, on this machine's loopback address. */
export class Container implements AsyncDisposable {
  readonly #store: ImageStore
  readonly #target: Target
  readonly id: string

  private constructor(store: ImageStore, target: Target, id: string) {
    this.#store = store
    this.#target = target
    this.id = id
  }

  static async start(store: ImageStore, target: Target, env: Record<string, string>, ...args: string[]) {
    const variables = Object.entries(env).map(([name, value]) => `--env=${name}=${value}`)
    const command = [...ENGINE, 'run', '--detach', ...STRICT, ...variables, imageOf(target), ...args]
    return new Container(store, target, await store.command('podman', ...command))
  }

  podman(...args: string[]): Promise<string> {
    return this.#store.command('podman', ...ENGINE, ...args)
  }

  exec(...command: string[]): Promise<string> {
    return this.podman('exec', this.id, ...command)
  }

  logs(): Promise<string> {
    return this.#store.everything('podman', ...ENGINE, 'logs', this.id)
  }

  async state(): Promise<State> {
    return JSON.parse(await this.podman('inspect', '--format', '{{json .State}}', this.id)) as State
  }

  /** Milliseconds from the start of the process to an answer of 200. */
  async untilReady(url: string): Promise<number> {
    for (const give_up = Date.now() + 60_000; Date.now() < give_up;) {
      const answer = await fetch(url).catch(() => undefined)
      if (answer?.ok === true) return Date.now() - Date.parse((await this.state()).StartedAt)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error(`${this.#target} did not answer at ${url}:\n${await this.logs()}`)
  }

  /** Runs the image's own HEALTHCHECK. @throws when it fails */
  async checkHealth(): Promise<void> {
    const image = await this.#store.inspect<{ Healthcheck: { Test: string[] } }>(imageOf(this.#target))
    const [kind, ...command] = image.Healthcheck.Test
    if (kind !== 'CMD') throw new Error(`The health check of ${this.#target} is of kind ${kind ?? 'none'}.`)
    await this.exec(...command)
  }

  /** Lines such as `Uid: 65532 …` that the kernel tells of the container's first process. */
  async kernelStatus(): Promise<string> {
    return readFileSync(`/proc/${(await this.state()).Pid}/status`, 'utf8')
  }

  /** SIGTERM. @returns the exit code */
  async stop(): Promise<number> {
    await this.podman('stop', '--time', '40', this.id)
    return (await this.state()).ExitCode
  }

  /** Waits for the end. @returns the exit code */
  async end(): Promise<number> {
    return Number(await this.podman('wait', this.id))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.podman('rm', '--force', '--volumes', '--time', '0', this.id)
  }
}
