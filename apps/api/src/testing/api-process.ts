import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { until } from './until.ts'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

/** The API as a process of its own, as operators run it. */
export class ApiProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  output = ''

  constructor(env: Record<string, string>) {
    this.#child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (bytes: Buffer) => (this.output += bytes.toString()))
    const { stdout, stderr } = this.#child
    // `close` does not come for a child whose channel was closed here.
    const over = Promise.all([
      once(this.#child, 'exit'),
      ...[stdout, stderr].map((stream) => stream && finished(stream)),
    ])
    this.#ended = over.then(([[code]]) => code as number | null)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Waits for the line that says so. @returns the address */
  async ready(): Promise<string> {
    return until(() => /"url":"([^"]+)".*"api ready"/.exec(this.output)?.[1], 20_000)
  }

  /** Closes the channel between the two, as the end of this process would. */
  abandon(): void {
    this.#child.disconnect()
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** The exit code; `null` after a signal. */
  ended(): Promise<number | null> {
    return this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGKILL')
    await this.#ended
  }
}
