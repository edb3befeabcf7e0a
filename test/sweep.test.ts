import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sweep } from '../apps/loadgen/src/sweep/sweep.ts'
import { rooflineOf } from '../apps/simulator/src/engine/cost.ts'
import { simulate } from '../apps/simulator/src/engine/simulate.ts'
import { models } from '../apps/simulator/src/presets/models.ts'
import { type PresetFile, serialisePresetFile } from '../apps/simulator/src/presets/preset-file.ts'
import { slices } from '../apps/simulator/src/presets/slices.ts'
import { loadgen } from './stack/loadgen.ts'
import { type Part, startPart } from './stack/part.ts'

const ANSWER_TOKENS = 20
const PROMPT_TOKENS = 40
const INTER_TOKEN_MS = 40
const MAX_NUM_SEQS = 128

const preset = presetOf('a800-40gb:2g.10gb', 'qwen2.5-0.5b-instruct')
const kvBlocks = 20_000
let folder: string
let simulator: Part

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slicechat-sweep-'))
  await writeFile(join(folder, 'preset.json'), serialisePresetFile({ ...preset, memory: { kvBlocks } }))
  await writeFile(
    join(folder, 'scenario.yaml'),
    JSON.stringify({
      name: 'fixed-answers',
      executor: { type: 'constant-vus', users: 1, duration: '1s' },
      conversation: { prompt: PROMPT_TOKENS, answer: ANSWER_TOKENS, exactAnswers: true },
      slo: { interToken: `${INTER_TOKEN_MS}ms` },
    }),
  )
  simulator = await startPart(
    'apps/simulator/src/main.ts',
    {
      ...{ SIM_PORT: '0', SIM_DCGM_PORT: 'off', SIM_PRESET: join(folder, 'preset.json') },
      ...{ SIM_MAX_NUM_SEQS: String(MAX_NUM_SEQS), SIM_MAX_MODEL_LEN: '4096' },
    },
    /(http:\/\/127\.0\.0\.1:\d+)/,
  )
})

afterAll(async () => {
  await simulator.end('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** A slow host: a step takes a millisecond more for each sequence, so that the knee does not hang on small delays. */
function presetOf(sliceName: string, modelName: string): PresetFile {
  const slice = slices.find(({ name }) => name === sliceName)
  const model = models.find(({ name }) => name === modelName)
  if (slice === undefined || model === undefined) throw new Error('no such preset')
  const efficiency = { bandwidth: 0.8, flops: 0.5, stepOverheadMs: 4, sequenceOverheadMs: 1 }
  return { name: 'slow-host', slice, model, efficiency }
}

/** The most users whose tokens come in time, by the engine's arithmetic: all of them asking over and over. */
function predictedUsers(): number {
  const config = {
    ...{ maxNumSeqs: MAX_NUM_SEQS, maxNumBatchedTokens: 2048, blockTokens: 16, blocks: kvBlocks },
    ...{ prefixCaching: true, cost: rooflineOf(preset) },
  }
  for (let users = 1; ; users++) {
    const item = { arrivalMs: 0, promptTokens: PROMPT_TOKENS, outputTokens: ANSWER_TOKENS }
    const { requests } = simulate(new Array<typeof item>(users).fill(item), config)
    const worst = Math.max(
      ...requests.map(
        ({ firstTokenMs = 0, lastTokenMs = 0, tokens }) => (lastTokenMs - firstTokenMs) / (tokens - 1),
      ),
    )
    if (worst > INTER_TOKEN_MS) return users - 1
  }
}

test('a sweep over users finds the knee that the engine’s arithmetic predicts', async () => {
  const predicted = predictedUsers()
  const out = join(folder, 'sweep')
  const { stdout, stderr } = await loadgen([
    ...['sweep', join(folder, 'scenario.yaml'), '--target', `openai:${simulator.ready[1] ?? ''}`],
    ...['--over', 'users', '--from', '12', '--to', '100', '--goal', '50%', '--out', out],
    ...['--warm-up', '1s', '--duration', '3s', '--json'],
  ])
  const sweep = JSON.parse(await readFile(join(out, 'sweep.json'), 'utf8')) as Sweep
  expect(JSON.parse(stdout), stderr).toMatchObject({ largestMet: sweep.largestMet })
  expect(sweep.smallestMissed, stderr).not.toBeNull()
  expect(sweep.largestMet, stderr).toBeGreaterThanOrEqual(predicted * 0.9)
  expect(sweep.largestMet, stderr).toBeLessThanOrEqual(predicted * 1.1)
}, 120_000)
