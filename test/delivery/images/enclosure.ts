import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'

/** Folders and control groups are named after the process that made them. */
const PREFIX = 'slicechat-images-'

/**
 * A folder, and namespaces for processes and mounts; the network is this machine's. The kernel ends the processes in the namespaces
 * when this process ends, even if it is killed. In that case the next run removes the folder.
 */
export class Enclosure implements AsyncDisposable {
  readonly folder: string
  /** Control group for containers. */
  readonly cgroup: string
  readonly #init: ChildProcess
  readonly #pid: string

  private constructor(folder: string, init: ChildProcess, pid: string) {
    this.folder = folder
    this.cgroup = basename(folder)
    this.#init = init
    this.#pid = pid
  }

  static async open(): Promise<Enclosure> {
    removeLeftovers()
    const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`))
    const namespaces = ['--mount', '--pid', '--fork', '--kill-child=SIGKILL']
    const script = join(import.meta.dirname, 'enclosure.sh')
    const init = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...namespaces, 'sh', script, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: init.stdout })
    const line = await Promise.race([
      once(lines, 'line').then(([first]) => String(first)),
      once(init, 'exit').then(() => ''),
    ])
    const pid = /^ready (\d+)$/.exec(line)?.[1]
    if (pid === undefined) throw new Error('The namespaces could not be made: see above.')
    return new Enclosure(folder, init, pid)
  }

  /** Command line that runs a program inside, in a folder. */
  command(folder: string, program: string, ...args: string[]): [program: string, args: string[]] {
    const inside = [`--target=${this.#pid}`, '--mount', '--pid', '--']
    return ['nsenter', [...inside, 'env', `--chdir=${folder}`, program, ...args]]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#init, 'exit')
    this.#init.kill('SIGKILL')
    await gone
    await untilGone(this.#pid)
    remove(this.cgroup)
  }
}

/** Waits until process 1 of the namespaces is gone, and with it all others. */
async function untilGone(pid: string): Promise<void> {
  while (existsSync(`/proc/${pid}`)) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** Removes a control group whose processes have all ended, and the groups below it. */
function removeGroup(group: string): void {
  for (const entry of readdirSync(group, { withFileTypes: true }))
    if (entry.isDirectory()) removeGroup(join(group, entry.name))
  rmdirSync(group)
}

/** Control groups of a name. In version 1 each hierarchy is a folder of its own; version 2 has a single hierarchy. */
const groupsNamed = (name: string): string[] => globSync(`/sys/fs/cgroup/{,*/}${name}`)

function remove(name: string): void {
  for (const group of groupsNamed(name)) removeGroup(group)
  rmSync(join(tmpdir(), name), { recursive: true, force: true, maxRetries: 5 })
}

function removeLeftovers(): void {
  const found = [...globSync(join(tmpdir(), `${PREFIX}*`)), ...groupsNamed(`${PREFIX}*`)]
  for (const name of new Set(found.map((path) => basename(path)))) if (!isRunning(name)) remove(name)
}

/** Whether the process that a folder is named after is a test of ours. */
function isRunning(name: string): boolean {
  try {
    return readFileSync(`/proc/${name.slice(PREFIX.length).split('-')[0]}/cmdline`, 'utf8').includes('vitest')
  } catch {
    return false
  }
}
