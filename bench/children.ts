import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** `disconnect` means that `npm run bench` is gone, and its IPC channel with it. */
const ENDS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const
const EXIT_BY_INTERRUPT = 130
/** Time for an orderly end, which a profiler needs to write its profile. */
const PATIENCE_MS = 5_000

/** The processes of a bench and a folder for them. However the bench ends, Ctrl-C included, both are cleaned up. */
export class Children implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'slicechat-bench-'))
  readonly #running = new Set<ChildProcess>()
  readonly #onEnd = (): void => {
    for (const child of this.#running) child.kill('SIGKILL')
    this.#removeFolder()
    process.exit(EXIT_BY_INTERRUPT)
  }

  constructor() {
    for (const event of ENDS) process.once(event, this.#onEnd)
  }

  /** @param command the file to run and its arguments */
  spawn(
    [file, ...args]: [string, ...string[]],
    env: Record<string, string> = {},
  ): ChildProcess & { pid: number } {
    const child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: { ...process.env, ...env },
    })
    if (child.pid === undefined) throw new Error(`${file} could not be started`)
    this.#running.add(child)
    child.once('exit', () => this.#running.delete(child))
    return child as ChildProcess & { pid: number }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const event of ENDS) process.off(event, this.#onEnd)
    await Promise.all([...this.#running].map(stop))
    this.#removeFolder()
  }

  #removeFolder(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  await exited
  clearTimeout(patience)
}

/** The first `http://…` that a process prints, which is its address. Its other output is dropped. */
export async function printedUrl(child: ChildProcess, name: string): Promise<string> {
  if (child.stdout === null) throw new Error(`${name} has no output to read`)
  const lines = createInterface({ input: child.stdout })
  try {
    for await (const line of lines) {
      const url = /http:\/\/[^\s"]+/.exec(line)?.[0]
      if (url !== undefined) return url
    }
  } finally {
    child.stdout.resume()
  }
  throw new Error(`${name} ended before it listened`)
}
