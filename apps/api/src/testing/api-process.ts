import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { TEST_PROGRAMS } from './env.ts'
import { until } from './until.ts'

/** The file that operators start. */
export const API_MAIN: string =
  TEST_PROGRAMS === undefined
    ? fileURLToPath(new URL('../main.ts', import.meta.url))
    : join(TEST_PROGRAMS, 'api/main.js')

/** The API in a separate process, as operators run it. */
export class ApiProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  output = ''

  /** @param args the command and its arguments; none: it serves */
  constructor(env: Record<string, string>, args: readonly string[] = []) {
    this.#child = spawn(process.execPath, [API_MAIN, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (bytes: Buffer) => (this.output += bytes.toString()))
    const { stdout, stderr } = this.#child
    // A child whose IPC channel was closed by this process emits no `close`.
    const over = Promise.all([
      once(this.#child, 'exit'),
      ...[stdout, stderr].map((stream) => stream && finished(stream)),
    ])
    this.#ended = over.then(([[code]]) => code as number | null)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Waits for the log line `api ready`. @returns the address of the API */
  async ready(): Promise<string> {
    return until(() => /"url":"([^"]+)".*"api ready"/.exec(this.output)?.[1], 20_000)
  }

  /** Closes the IPC channel, as the end of this process would. */
  abandon(): void {
    this.#child.disconnect()
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves at the end of the process, with its exit code or, after a signal, `null`. */
  ended(): Promise<number | null> {
    return this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL')
    await this.#ended
  }
}
