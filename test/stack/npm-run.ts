import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { takenPorts } from '../../scripts/ports.ts'
import { freePorts } from './free-ports.ts'

const variables = ['WEB_PORT', 'API_PORT', 'METRICS_PORT', 'SIM_PORT', 'SIM_DCGM_PORT']
/** Shorter than a test's own timeout, so that a failing test still ends the processes that it started. */
const patienceMs = 40_000

/** A running process, as `/proc` describes it. */
interface Entry {
  pid: number
  parent: number
  command: string
}

function processes(): Entry[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const [, parent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? []
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ')
      // A process that has ended but was not waited for has no command line.
      return command === '' ? [] : [{ pid: Number(name), parent: Number(parent), command }]
    } catch {
      return []
    }
  })
}

/** A process and all processes that it started, directly or indirectly; parents first. */
function family(pid: number, all = processes()): Entry[] {
  const children = all.filter(({ parent }) => parent === pid)
  return [...all.filter((entry) => entry.pid === pid), ...children.flatMap((child) => family(child.pid, all))]
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const end = performance.now() + patienceMs; !holds();) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The processes that an npm command started: in a session of its own, with its own ports and data. Linux only. */
export class NpmRun implements AsyncDisposable {
  readonly #folder: string
  readonly #ports: number[]
  readonly #npm: ChildProcess
  #members: Entry[] = []
  #output = ''

  private constructor(args: readonly string[], folder: string, ports: number[]) {
    this.#folder = folder
    this.#ports = ports
    const chosen = Object.fromEntries(variables.map((name, index) => [name, String(ports[index])]))
    this.#npm = spawn('npm', args, {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...chosen, DATA_DIR: folder },
    })
    for (const stream of [this.#npm.stdout, this.#npm.stderr])
      stream?.on('data', (bytes: Buffer) => (this.#output += bytes.toString()))
  }

  /** Starts the command, and waits until it prints `ready`. */
  static async start(args: readonly string[], ready: string): Promise<NpmRun> {
    const folder = await mkdtemp(join(tmpdir(), 'slicechat-npm-'))
    const run = new NpmRun(args, folder, await freePorts(variables.length))
    try {
      await until(() => run.#output.includes(ready), ready)
    } catch (error) {
      await run[Symbol.asyncDispose]()
      throw new Error(run.#output, { cause: error })
    }
    run.#members = family(run.pid)
    return run
  }

  get apiUrl(): string {
    return `http://127.0.0.1:${this.#ports[variables.indexOf('API_PORT')]}`
  }

  /** npm's pid, which is also the id of its process group. */
  get pid(): number {
    return this.#npm.pid ?? NaN
  }

  /** The pid of the process that runs a script. */
  pidOf(script: string): number {
    const found = this.#members.findLast(({ command }) => command.includes(script))
    if (found === undefined) throw new Error(`nothing runs ${script}`)
    return found.pid
  }

  /** Waits until every process has ended. @throws an error that names the remaining ones */
  async gone(): Promise<void> {
    await until(() => this.#left().length === 0, 'the end of all processes').catch((cause: unknown) => {
      throw new Error(
        `still there: ${this.#left()
          .map(({ command }) => command)
          .join(', ')}`,
        { cause },
      )
    })
  }

  /** The number of ports in use. */
  async portsInUse(): Promise<number> {
    const wanted = this.#ports.map((port) => ({ port, variable: '', use: '' }))
    return (await takenPorts(wanted, '127.0.0.1')).length
  }

  /** Whether the process that opened the store also closed it: SQLite then leaves no write-ahead log. */
  get isStoreClosed(): boolean {
    const file = join(this.#folder, 'slicechat.db')
    return existsSync(file) && !existsSync(`${file}-wal`)
  }

  /** The processes that still run. Commands are compared too, since a pid may have been reused meanwhile. */
  #left(): Entry[] {
    const known = new Map(this.#members.map(({ pid, command }) => [pid, command]))
    return processes().filter(({ pid, command }) => known.get(pid) === command)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#members.length === 0) this.#members = family(this.pid)
    for (const { pid } of this.#left())
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // The process has just ended with its parent.
      }
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
