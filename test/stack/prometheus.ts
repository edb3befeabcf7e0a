import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './free-ports.ts'

/** A program that scrapes the targets of a Prometheus configuration and answers queries. */
interface Program {
  readonly command: string
  readonly args: (file: string, folder: string, address: string) => readonly string[]
}

const PROMETHEUS: Program = {
  command: 'prometheus',
  args: (file, folder, address) => [
    ...[`--config.file=${file}`, `--storage.tsdb.path=${folder}`],
    ...[`--web.listen-address=${address}`, '--log.level=warn'],
  ],
}

export const VICTORIA_METRICS: Program = {
  command: 'victoria-metrics',
  args: (file, folder, address) => [
    ...[`-promscrape.config=${file}`, `-storageDataPath=${folder}`, `-httpListenAddr=${address}`],
    '-loggerLevel=WARN',
  ],
}

const isInstalled = ({ command }: Program): boolean => spawnSync(command, ['--version']).status === 0
export const hasPrometheus = isInstalled(PROMETHEUS)
export const hasVictoriaMetrics = isInstalled(VICTORIA_METRICS)

/** A real Prometheus, or a compatible program, that scrapes each page once a second and deletes its data at the end. */
export class Prometheus implements AsyncDisposable {
  readonly url: string
  readonly #folder: string
  readonly #child: ReturnType<typeof spawn>
  output = ''

  private constructor(url: string, folder: string, child: ReturnType<typeof spawn>) {
    this.url = url
    this.#folder = folder
    this.#child = child
    child.stderr?.on('data', (bytes: Buffer) => (this.output += bytes.toString()))
  }

  /**
   * @param pages job → `host:port` of each `/metrics` page; several pages are one job with several processes
   * @param more lines for every job's configuration
   * @param flags for the command line
   * @param program Prometheus itself by default
   */
  static async start(
    pages: Readonly<Record<string, readonly string[]>>,
    more = '',
    flags: readonly string[] = [],
    { command, args } = PROMETHEUS,
  ): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'prometheus-'))
    const jobs = Object.entries(pages).map(
      ([job, targets]) =>
        `  - job_name: ${job}\n    static_configs: [{ targets: ${JSON.stringify(targets)} }]\n${more}`,
    )
    const file = join(folder, 'prometheus.yml')
    writeFileSync(
      file,
      `global: { scrape_interval: 1s, scrape_timeout: 1s }\nscrape_configs:\n${jobs.join('')}`,
    )
    const address = `127.0.0.1:${(await freePorts(1))[0]}`
    const child = spawn(
      process.execPath,
      [
        ...['--no-warnings', 'scripts/supervise.ts', command],
        ...args(file, join(folder, 'data'), address),
        ...flags,
      ],
      { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
    )
    const prometheus = new Prometheus(`http://${address}`, folder, child)
    while (!(await prometheus.#isReady())) {
      if (child.exitCode !== null) throw new Error(`${command} ended:\n${prometheus.output}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return prometheus
  }

  /** The value of an expression; `undefined` as long as it has none. */
  async value(query: string): Promise<number | undefined> {
    // Without `nocache`, VictoriaMetrics would hide samples of the last 30 s.
    const form = new URLSearchParams({ query, nocache: '1' })
    const response = await fetch(`${this.url}/api/v1/query?${form.toString()}`)
    const { data } = (await response.json()) as { data: { result: { value: [number, string] }[] } }
    const text = data.result[0]?.value[1]
    return text === undefined ? undefined : Number(text)
  }

  /** Waits until an expression has a value that is not 0. */
  async until(query: string): Promise<void> {
    while (!(await this.value(query))) await new Promise((resolve) => setTimeout(resolve, 100))
  }

  async #isReady(): Promise<boolean> {
    return fetch(`${this.url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) {
      const exited = once(this.#child, 'exit')
      this.#child.kill('SIGTERM')
      await exited
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
