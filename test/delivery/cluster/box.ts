import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { searchPath } from '../requirements.ts'

/** `node` 10.0.24.28, the tunnel host `m1` 10.0.24.31 and a colleague's `desk` 10.0.24.40; `gpu` 10.9.0.2 behind m1. */
export type Net = 'node' | 'm1' | 'desk' | 'gpu'

interface Ready {
  pid: number
  rig: string
  cgroup: string
}

export interface Output {
  code: number | null
  stdout: string
  stderr: string
}

/** A program that runs until it is stopped. */
export interface Part {
  /** False once the program has ended, by itself or not. */
  readonly running: boolean
  stop: (signal?: NodeJS.Signals) => Promise<void>
}

/** Namespaces of this test's own. See box.sh for what is in them and keeper.ts for how they end. */
export class Box implements AsyncDisposable {
  readonly #keeper: ChildProcess
  readonly keeperPid: number
  /** Process 1 of the box, as seen from outside. */
  readonly pid: number
  /** Folder of everything that the cluster writes to disk. */
  readonly rig: string
  /** Control group for all pods. */
  readonly cgroup: string

  private constructor(keeper: ChildProcess, { pid, rig, cgroup }: Ready) {
    this.#keeper = keeper
    this.keeperPid = keeper.pid ?? 0
    this.pid = pid
    this.rig = rig
    this.cgroup = cgroup
  }

  /** @param pause the program `pause` */
  static async open(pause: string): Promise<Box> {
    const keeper = spawn(process.execPath, [join(import.meta.dirname, 'keeper.ts'), pause], {
      // A process group of its own, so that Ctrl-C does not end the keeper before the tests that use the box.
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, PATH: searchPath() },
    })
    const ready = await Promise.race([
      once(keeper, 'message').then(([message]) => message as Ready),
      once(keeper, 'exit').then(() => undefined),
    ])
    if (ready === undefined) throw new Error('The namespaces of the cluster could not be made: see above.')
    mkdirSync(join(ready.rig, 'log'), { recursive: true })
    return new Box(keeper, ready)
  }

  /** Command line that runs a program in one of the networks and in the box's processes and mounts. */
  #inside(net: Net, command: readonly string[]): string[] {
    return [
      'nsenter',
      `--target=${this.pid}`,
      '--mount',
      '--pid',
      `--net=${this.netFile(net)}`,
      '--',
      ...command,
    ]
  }

  /** A network's file for `nsenter --net=`, for programs that keep the machine's own files and processes. */
  netFile(net: Net): string {
    return `/proc/${this.pid}/root/run/netns/${net}`
  }

  /** Starts a program. The caller writes and reads its streams. */
  spawn(net: Net, command: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcessWithoutNullStreams {
    const [program = '', ...args] = this.#inside(net, command)
    return spawn(program, args, { env: { ...process.env, PATH: searchPath(), ...env } })
  }

  /** Runs a program to its end. */
  async run(
    net: Net,
    command: readonly string[],
    options: { input?: string; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Output> {
    const child = this.spawn(net, command, options.env)
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null]>,
    ])
    return { code, stdout, stderr }
  }

  /** HTTP status of a GET from one of the networks; undefined if nothing answers within 5 s. */
  async get(net: Net, url: string): Promise<number | undefined> {
    const ask = `console.log((await fetch('${url}', { signal: AbortSignal.timeout(5000) })).status)`
    const { code, stdout } = await this.run(net, [process.execPath, '--input-type=module', '-e', ask])
    return code === 0 ? Number(stdout) : undefined
  }

  /** Starts a program that runs until it is stopped. Its output goes to `log/NAME.log` in the rig. */
  start(name: string, net: Net, command: readonly string[], env: NodeJS.ProcessEnv = {}): Part {
    const [program = '', ...args] = this.#inside(net, command)
    const log = openSync(join(this.rig, 'log', `${name}.log`), 'a')
    const child = spawn(program, args, {
      stdio: ['ignore', log, log],
      env: { ...process.env, PATH: searchPath(), ...env },
    })
    closeSync(log)
    const exit = once(child, 'exit')
    const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
    return {
      get running() {
        return isRunning()
      },
      stop: async (signal = 'SIGTERM') => {
        if (!isRunning()) return
        // nsenter forwards no signal, so the signal goes to its only child, the program.
        const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim()
        for (const pid of children.split(' ').filter((each) => each !== '')) process.kill(Number(pid), signal)
        await exit
      },
    }
  }

  /** The last lines of a program's log. */
  log(name: string, lines = 10): string {
    return readFileSync(join(this.rig, 'log', `${name}.log`), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-lines)
      .join('\n')
  }

  /** Ends every process of the box and removes what it left, in some seconds. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#keeper.exitCode !== null || this.#keeper.signalCode !== null) return
    const gone = once(this.#keeper, 'exit')
    this.#keeper.disconnect()
    await gone
  }
}
