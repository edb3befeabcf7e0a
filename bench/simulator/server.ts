import type { ChildProcess } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseExposition, type Exposition } from '@slicechat/metrics/reading'
import type { Children } from '../children.ts'

/** Timing of a phase's simulator: a fixed pace, or the batching engine with steps of a known length. */
export type Timing =
  | { readonly engine: 'fixed'; readonly itlMs: number }
  | { readonly engine: 'batching'; readonly stepMs: number; readonly maxNumSeqs: number }

/** A simulator in a process of its own. */
export interface Server {
  readonly process: ChildProcess
  readonly pid: number
  readonly url: URL
}

export const MODEL = 'sim/bench'

export async function startServer(children: Children, timing: Timing): Promise<Server> {
  const main = join(import.meta.dirname, '../../apps/simulator/src/main.ts')
  const flags = ['--port', '0', '--dcgm-port', 'off', '--served-model-name', MODEL]
  if (timing.engine === 'fixed') flags.push('--ttft', '50ms', '--itl', `${timing.itlMs}ms`)
  else
    flags.push(
      '--preset',
      writePreset(children.folder, timing.stepMs),
      '--max-num-seqs',
      `${timing.maxNumSeqs}`,
    )
  const server = children.spawn([process.execPath, main, ...flags])
  if (server.stdout === null) throw new Error('the simulator has no output to read')
  for await (const line of createInterface({ input: server.stdout })) {
    const url = /http:\S+/.exec(line)?.[0]
    if (url !== undefined) return { process: server, pid: server.pid, url: new URL(url) }
  }
  throw new Error('the simulator ended before it listened')
}

/** A card so fast that a step takes only the host's time, which makes the schedule known beforehand. */
function writePreset(folder: string, stepMs: number): string {
  const card = { bandwidth: 1e18, flops: 1e21, memoryBytes: 80 * 2 ** 30 }
  const preset = {
    name: 'bench',
    slice: { name: 'bench', card: 'Bench', ...card, whole: { ...card, idleWatts: 50, limitWatts: 400 } },
    model: {
      name: 'bench',
      parameters: 1_000_000_000,
      bytesPerNumber: 2,
      layers: 24,
      heads: 14,
      kvHeads: 2,
      headSize: 64,
      hiddenSize: 896,
      intermediateSize: 4864,
      vocabulary: 151_936,
      maxModelLen: 32_768,
    },
    efficiency: { bandwidth: 1, flops: 1, stepOverheadMs: stepMs, sequenceOverheadMs: 0 },
  }
  const path = join(folder, `preset-${stepMs}.json`)
  writeFileSync(path, JSON.stringify(preset))
  return path
}

export async function scrape(url: URL): Promise<Exposition> {
  return parseExposition(await (await fetch(new URL('/metrics', url))).text())
}

export const valueOf = (page: Exposition, name: string): number => page.samples(name)[0]?.value ?? 0

/** The peak memory of the process, in bytes, if the system tells it; else its current memory. */
export function peakRssOf(pid: number, page: Exposition): number {
  try {
    const kibibytes = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    if (kibibytes !== undefined) return Number(kibibytes) * 1024
  } catch {
    // The file exists on Linux only.
  }
  return valueOf(page, 'process_resident_memory_bytes')
}
