import { createServer, type Server } from 'node:http'
import { hostname } from 'node:os'
import type { Clock } from '../clock.ts'
import type { Configuration } from '../configuration/configure.ts'
import type { StepRecord } from '../engine/engine.ts'
import type { SlicePreset } from '../engine/preset.ts'
import { framebufferOf } from './framebuffer.ts'
import type { HostnameLabel } from '../configuration/options.ts'
import { bootEnergyMj, identityOf } from './identity.ts'
import { pageOf } from './page.ts'
import { Sampler } from './sampler.ts'

export interface DcgmOptions {
  readonly slice: SlicePreset
  /** Memory of the slice that vLLM holds, in bytes. It takes its share at the start, most of it for the KV cache. */
  readonly usedBytes: number
  readonly intervalMs: number
  readonly hostname: string
  readonly hostnameLabel: HostnameLabel
  readonly seed: number
  readonly clock: Clock
}

/** A simulated dcgm-exporter. It is notified of every step and shows the metrics of a GPU that ran these steps. */
export class DcgmExporter {
  readonly #sampler: Sampler
  readonly #page: () => string

  constructor(options: DcgmOptions) {
    const { slice, usedBytes } = options
    const sampler = new Sampler({ ...options, bootEnergyMj: bootEnergyMj(options) })
    const identity = identityOf(options)
    const memory = {
      card: framebufferOf(slice.whole.memoryBytes, usedBytes),
      slice: framebufferOf(slice.memoryBytes, usedBytes),
    }
    this.#sampler = sampler
    this.#page = () => pageOf({ cardName: slice.card, sample: sampler.read(), ...memory }, identity)
  }

  step(record: StepRecord): void {
    this.#sampler.step(record)
  }

  /** The page of `GET /metrics`. */
  metricsText(): string {
    return this.#page()
  }

  /** A server of `/metrics` and `/health` that does not listen yet. */
  server(): Server {
    return createServer((request, response) => {
      response.on('error', () => undefined)
      const path = (request.url ?? '/').split('?', 1)[0]
      const reply = (status: number, body: string, type = 'text/plain; charset=utf-8') =>
        response
          .writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
          .end(body)
      if (path !== '/metrics' && path !== '/health') return void reply(404, 'Not Found\n')
      if (request.method !== 'GET' && request.method !== 'HEAD')
        return void reply(405, 'Method Not Allowed\n')
      if (path === '/health') return void reply(200, 'OK')
      reply(200, this.#page(), 'text/plain; version=0.0.4; charset=utf-8')
    })
  }
}

/** The exporter for the slice's card on this host; `undefined` if it is off. */
export function exporterOf(options: Configuration, clock: Clock): DcgmExporter | undefined {
  if (options.dcgmPort === 'off') return undefined
  const { slice } = options.preset
  return new DcgmExporter({
    slice,
    usedBytes: slice.memoryBytes * options.gpuMemoryUtilization,
    intervalMs: options.dcgmIntervalMs,
    hostname: hostname(),
    hostnameLabel: options.dcgmHostnameLabel,
    seed: options.seed,
    clock,
  })
}
