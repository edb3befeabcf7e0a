import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseExposition } from '@slicechat/metrics/reading'
import { suiteStore } from '../../apps/api/src/testing/suite-store.ts'
import { type StackProcess, startStackProcess } from './stack-process.ts'

export interface StackOptions {
  /** The model server; by default, the stack starts its own simulator. */
  upstream?: { url: string; model?: string }
  /** Simulator settings, such as `SIM_TTFT`. */
  simulator?: Record<string, string>
  /** API settings. */
  api?: Record<string, string>
  /** Settings of the web server. */
  web?: Record<string, string>
}

/** Simulator, API and web as processes, on free ports, with a data folder that is removed at the end. */
export class Stack implements AsyncDisposable {
  readonly simulator: StackProcess | undefined
  readonly simulatorUrl: string
  api: StackProcess
  readonly web: StackProcess
  readonly #folder: string
  readonly #apiEnv: Record<string, string>

  private constructor(
    folder: string,
    simulator: { part: StackProcess | undefined; url: string },
    api: { part: StackProcess; env: Record<string, string> },
    web: StackProcess,
  ) {
    this.#folder = folder
    this.simulator = simulator.part
    this.simulatorUrl = simulator.url
    this.api = api.part
    this.#apiEnv = api.env
    this.web = web
  }

  static async start(options: StackOptions = {}): Promise<Stack> {
    const folder = await mkdtemp(join(tmpdir(), 'slicechat-e2e-'))
    const simulator = options.upstream
      ? undefined
      : await startStackProcess(
          'apps/simulator/src/main.ts',
          { SIM_PORT: '0', SIM_DCGM_PORT: 'off', ...options.simulator },
          /(http:\/\/127\.0\.0\.1:\d+)/,
        )
    const upstream = options.upstream?.url ?? `${simulator?.ready[1] ?? ''}/v1`
    const store = await suiteStore({ DATA_DIR: folder, ...options.api })
    const env = {
      PORT: '0',
      METRICS_PORT: '0',
      DATA_DIR: folder,
      VLLM_URL: upstream,
      ...(options.upstream?.model === undefined ? {} : { MODEL: options.upstream.model }),
      ...store.env,
      ...options.api,
    }
    const api = await startStackProcess('apps/api/src/main.ts', env, apiReady)
    const web = await startStackProcess(
      'apps/web/server/main.ts',
      { PORT: '0', API_URL: api.ready[1] ?? '', ...options.web },
      /"port":(\d+).*"listening"/,
    )
    return new Stack(folder, { part: simulator, url: upstream.replace(/\/v1$/, '') }, { part: api, env }, web)
  }

  get url(): string {
    return `http://127.0.0.1:${this.web.ready[1] ?? ''}`
  }

  get apiUrl(): string {
    return this.api.ready[1] ?? ''
  }

  /** Kills the API as a crash would, and starts it again on the same port and data. */
  async crashApi(): Promise<void> {
    const { port } = new URL(this.apiUrl)
    await this.api.end('SIGKILL')
    this.api = await startStackProcess('apps/api/src/main.ts', { ...this.#apiEnv, PORT: port }, apiReady)
  }

  /** The API's metrics page, parsed as Prometheus would. */
  async metrics(): Promise<ReturnType<typeof parseExposition>> {
    const response = await fetch(this.api.ready[2] ?? '')
    return parseExposition(await response.text())
  }

  /** The sum of a counter's or gauge's samples with these labels. */
  async count(name: string, labels: Record<string, string> = {}): Promise<number> {
    return (await this.metrics()).sum(name, labels) ?? 0
  }

  /** Makes the simulator misbehave; see its documentation for the kinds. */
  async fault(fault: Record<string, unknown>): Promise<void> {
    const response = await fetch(`${this.simulatorUrl}/sim/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fault),
    })
    if (!response.ok) throw new Error(`the simulator refused the fault: ${await response.text()}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      [this.web, this.api, ...(this.simulator ? [this.simulator] : [])].map((part) => part.end('SIGKILL')),
    )
    await rm(this.#folder, { recursive: true, force: true })
  }
}

const apiReady = /"url":"(http:[^"]+)","metricsUrl":"(http:[^"]+)".*"msg":"api ready"/
