import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Preset } from '../engine/preset.ts'
import { BadConfiguration } from './bad-configuration.ts'

/** The content of a preset file, which `calibrate` writes and `--preset` reads. */
export interface PresetFile extends Preset {
  readonly name: string
  /** Measured size of the KV cache in blocks of 16 tokens; it replaces the computed one. */
  readonly memory?: { readonly kvBlocks: number }
  /** Origin of the figures: date, server, errors of the fit. The simulator does not read it. */
  readonly measured?: Readonly<Record<string, unknown>>
}

const name = z.string().min(1)
const amount = z.number().positive()
const count = z.int().positive()
const share = z.number().gt(0).max(1)
const nonNegative = z.number().min(0)

const wholeCard = z.strictObject({
  bandwidth: amount,
  flops: amount,
  memoryBytes: count,
  idleWatts: nonNegative,
  limitWatts: amount,
})

const slice = z
  .strictObject({
    name,
    card: name,
    profile: name.optional(),
    memoryBytes: count,
    bandwidth: amount,
    flops: amount,
    whole: wholeCard,
  })
  .transform(({ profile, ...rest }) => ({ ...rest, profile }))
  .superRefine((value, context) => {
    for (const key of ['bandwidth', 'flops', 'memoryBytes'] as const)
      if (value[key] > value.whole[key])
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `more than the whole card's ${value.whole[key]}`,
        })
  })

const model = z
  .strictObject({
    name,
    parameters: count,
    bytesPerNumber: amount,
    layers: count,
    heads: count,
    kvHeads: count,
    headSize: count,
    hiddenSize: count,
    intermediateSize: count,
    vocabulary: count,
    maxModelLen: count,
  })
  .refine(({ heads, kvHeads }) => heads % kvHeads === 0, {
    path: ['kvHeads'],
    message: 'heads is no multiple of it',
  })

const efficiency = z.strictObject({
  bandwidth: share,
  flops: share,
  stepOverheadMs: nonNegative,
  sequenceOverheadMs: nonNegative,
})

const presetFile = z.strictObject({
  name,
  slice,
  model,
  efficiency,
  memory: z.strictObject({ kvBlocks: count }).exactOptional(),
  measured: z.record(z.string(), z.json()).exactOptional(),
})

/** Parses a preset file. @throws BadConfiguration with the path of everything that is wrong */
export function parsePresetFile(text: string): PresetFile {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new BadConfiguration([`not JSON: ${(error as Error).message}`])
  }
  const result = presetFile.safeParse(value)
  if (result.success) return result.data
  throw new BadConfiguration(
    result.error.issues.map(({ path, message }) => `${path.map(String).join('.') || 'the file'}: ${message}`),
  )
}

/** Writes a preset as text that `parsePresetFile` reads. @throws BadConfiguration if the text would not be readable */
export function serialisePresetFile(preset: PresetFile): string {
  const text = `${JSON.stringify(preset, undefined, 2)}\n`
  parsePresetFile(text)
  return text
}

/** Reads a preset file from disk. @throws BadConfiguration, whose problems begin with the file's path */
export function readPresetFile(path: string): PresetFile {
  try {
    return parsePresetFile(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error instanceof BadConfiguration)
      throw new BadConfiguration(error.problems.map((problem) => `${path}: ${problem}`))
    throw new BadConfiguration([
      `${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`,
    ])
  }
}
