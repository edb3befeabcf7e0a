import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rooflineOf } from '../../apps/simulator/src/engine/cost.ts'
import { simulate } from '../../apps/simulator/src/engine/simulate.ts'
import { models } from '../../apps/simulator/src/presets/models.ts'
import { type PresetFile, serialisePresetFile } from '../../apps/simulator/src/configuration/preset-file.ts'
import { slices } from '../../apps/simulator/src/presets/slices.ts'
import { startStackProcess } from './stack-process.ts'

const ANSWER_TOKENS = 20
const PROMPT_TOKENS = 40
/** The inter-token SLO of `scenario`. */
export const INTER_TOKEN_MS = 40
const MAX_NUM_SEQS = 128
const KV_BLOCKS = 20_000

const preset = presetOf('a800-40gb:2g.10gb', 'qwen2.5-0.5b-instruct')

/** Each sequence makes a step one millisecond longer, so that the knee does not depend on small delays. */
function presetOf(sliceName: string, modelName: string): PresetFile {
  const slice = slices.find(({ name }) => name === sliceName)
  const model = models.find(({ name }) => name === modelName)
  if (slice === undefined || model === undefined) throw new Error('no such preset')
  const efficiency = { bandwidth: 0.8, flops: 0.5, stepOverheadMs: 4, sequenceOverheadMs: 1 }
  return { name: 'slow-host', slice, model, efficiency }
}

/** A simulator whose knee can be computed from the engine's arithmetic. */
export interface SlowHost extends AsyncDisposable {
  readonly url: string
  /** Folder for files of the test; it is removed at the end. */
  readonly folder: string
  /** Writes a scenario in which all answers are alike. @returns its path */
  scenario(load: Readonly<Record<string, unknown>>): Promise<string>
}

export async function startSlowHost(): Promise<SlowHost> {
  const folder = await mkdtemp(join(tmpdir(), 'slicechat-slow-host-'))
  const file = join(folder, 'preset.json')
  await writeFile(file, serialisePresetFile({ ...preset, memory: { kvBlocks: KV_BLOCKS } }))
  const simulator = await startStackProcess(
    'apps/simulator/src/main.ts',
    {
      SIM_PORT: '0',
      SIM_DCGM_PORT: 'off',
      SIM_PRESET: file,
      SIM_MAX_NUM_SEQS: String(MAX_NUM_SEQS),
      SIM_MAX_MODEL_LEN: '4096',
    },
    /(http:\/\/127\.0\.0\.1:\d+)/,
  )
  return {
    url: simulator.ready[1] ?? '',
    folder,
    scenario: async (load) => {
      const path = join(folder, 'scenario.yaml')
      const scenario = {
        name: 'fixed-answers',
        ...load,
        conversation: { prompt: PROMPT_TOKENS, answer: ANSWER_TOKENS, exactAnswers: true },
        slo: { interToken: `${INTER_TOKEN_MS}ms` },
      }
      await writeFile(path, JSON.stringify(scenario))
      return path
    },
    [Symbol.asyncDispose]: async () => {
      await simulator.end('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Simulates the engine for requests that arrive at these times.
 * @param arrivals milliseconds
 * @returns each request's mean inter-token latency, in milliseconds
 */
export function interTokenTimes(arrivals: readonly number[]): number[] {
  const trace = arrivals.map((arrivalMs) => ({
    arrivalMs,
    promptTokens: PROMPT_TOKENS,
    outputTokens: ANSWER_TOKENS,
  }))
  const { requests } = simulate(trace, {
    maxNumSeqs: MAX_NUM_SEQS,
    maxNumBatchedTokens: 2048,
    blockTokens: 16,
    blocks: KV_BLOCKS,
    prefixCaching: true,
    cost: rooflineOf(preset),
  })
  return requests.map(
    ({ firstTokenMs = 0, lastTokenMs = 0, tokens }) => (lastTokenMs - firstTokenMs) / (tokens - 1),
  )
}
