import { readFileSync } from 'node:fs'
import type { ImageStore } from './image-store.ts'

/** Flags as strict as Pod Security `restricted`. The ulimits are ones that podman may set without CAP_SYS_RESOURCE. */
const STRICT = [
  ...['--read-only', '--read-only-tmpfs=false', '--cap-drop=ALL', '--security-opt=no-new-privileges'],
  ...['--network=host', '--no-healthcheck', '--log-driver=k8s-file'],
  ...['--ulimit=nofile=1024:4096', '--ulimit=nproc=4096:4096'],
]

interface State {
  Pid: number
  ExitCode: number
}

/** A running container in this machine's network, listening on the loopback address. */
export class Container implements AsyncDisposable {
  readonly #store: ImageStore
  readonly #image: string
  readonly #id: string

  private constructor(store: ImageStore, image: string, id: string) {
    this.#store = store
    this.#image = image
    this.#id = id
  }

  static async start(store: ImageStore, image: string, env: Record<string, string>, ...args: string[]) {
    const variables = Object.entries(env).map(([name, value]) => `--env=${name}=${value}`)
    return new Container(store, image, await store.start(...STRICT, ...variables, image, ...args))
  }

  exec(...command: string[]): Promise<string> {
    return this.#store.podman('exec', this.#id, ...command)
  }

  logs(): Promise<string> {
    return this.#store.logs(this.#id)
  }

  async #state(): Promise<State> {
    return JSON.parse(await this.#store.podman('inspect', '--format', '{{json .State}}', this.#id)) as State
  }

  /** The content of `/proc/PID/stat` or `/proc/PID/status` of the container's first process. */
  async #proc(name: 'stat' | 'status'): Promise<string> {
    return (await this.#store.command('cat', `/proc/${(await this.#state()).Pid}/${name}`)).stdout
  }

  /** Waits until each address answers with 200. @returns milliseconds from the start of the container's first process */
  async untilReady(...urls: string[]): Promise<number> {
    for (const giveUp = Date.now() + 60_000; Date.now() < giveUp;) {
      const answers = await Promise.all(urls.map((url) => fetch(url).catch(() => undefined)))
      if (answers.every((answer) => answer?.ok === true)) {
        const [uptime = ''] = readFileSync('/proc/uptime', 'utf8').split(' ')
        // Field 22 is the start time in hundredths of a second since boot. Field 2, a name in brackets, may contain spaces.
        const started = /^.*\) (?:\S+ ){19}(\d+)/s.exec(await this.#proc('stat'))?.[1]
        return Number(uptime) * 1000 - Number(started) * 10
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error(`${this.#image} did not answer at ${urls.join(', ')}:\n${await this.logs()}`)
  }

  /** The kernel's status of the container's first process: lines such as `Uid: 65532 …`. */
  kernelStatus(): Promise<string> {
    return this.#proc('status')
  }

  /** Sends SIGTERM, and SIGKILL after 40 s. @returns the exit code */
  async stop(): Promise<number> {
    await this.#store.podman('stop', '--time', '40', this.#id)
    return (await this.#state()).ExitCode
  }

  /** Waits until the container ends by itself. @returns the exit code */
  async end(): Promise<number> {
    return Number(await this.#store.podman('wait', this.#id))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.podman('rm', '--force', '--volumes', '--time', '0', this.#id)
  }
}
