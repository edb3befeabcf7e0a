import { kvBytesPerToken } from '../engine/cost.ts'
import type { Preset } from '../engine/preset.ts'

/** Tokens in a block of the KV cache, vLLM's default. */
export const BLOCK_TOKENS = 16

/**
 * Memory that vLLM's profile run finds beside weights and activations: buffers of the CUDA libraries, and CUDA graphs,
 * whose size vLLM estimates and reserves (published logs: 0.3 to 0.9 GiB). With this constant the sum agrees with the
 * only published log of Qwen2.5-3B that has all items: a T4, 0.9 of 14.56 GiB, of which 6.15 GiB were left for the
 * cache. Here it is 6.23 GiB.
 */
const LIBRARIES_AND_GRAPHS = 0.6 * 2 ** 30

const GIB = 2 ** 30

/** Limits that the memory fit depends on, beside the preset; named like vLLM's flags. */
export interface MemoryLimits {
  readonly gpuMemoryUtilization: number
  readonly maxNumSeqs: number
  readonly maxNumBatchedTokens: number
}

/** Use of the memory of a slice, in bytes. */
export interface MemoryFit {
  /** Memory that the server may use: its share of the slice. */
  readonly usable: number
  readonly weights: number
  readonly activations: number
  readonly librariesAndGraphs: number
  /** Memory left for the KV cache; below zero when the model does not fit. */
  readonly kvCache: number
  /** Blocks of 16 tokens that the KV cache holds. */
  readonly blocks: number
}

/**
 * Size of the largest temporary tensors of a step, as in vLLM's profile run. They are either an MLP over the whole token
 * budget (its gate, its input and its product), or the sampler over the most sequences (a row of the vocabulary in the
 * model's type and three in float32: logits, probabilities, noise). The hidden state and the residual are added.
 */
function activationBytes({ model }: Preset, { maxNumSeqs, maxNumBatchedTokens }: MemoryLimits): number {
  const mlp = maxNumBatchedTokens * 3 * model.intermediateSize * model.bytesPerNumber
  const sampler = Math.min(maxNumSeqs, maxNumBatchedTokens) * model.vocabulary * (model.bytesPerNumber + 12)
  return maxNumBatchedTokens * 2 * model.hiddenSize * model.bytesPerNumber + Math.max(mlp, sampler)
}

/** Divides the memory of a slice as vLLM does at its start. */
export function memoryFit(preset: Preset, limits: MemoryLimits): MemoryFit {
  const usable = preset.slice.memoryBytes * limits.gpuMemoryUtilization
  const weights = preset.model.parameters * preset.model.bytesPerNumber
  const activations = activationBytes(preset, limits)
  const kvCache = usable - weights - activations - LIBRARIES_AND_GRAPHS
  const blocks = Math.max(0, Math.floor(kvCache / (kvBytesPerToken(preset.model) * BLOCK_TOKENS)))
  return { usable, weights, activations, librariesAndGraphs: LIBRARIES_AND_GRAPHS, kvCache, blocks }
}

/** Most tokens of one request in a cache of `blocks` blocks, of which vLLM keeps one for itself. */
export const longestRequest = (blocks: number) => Math.max(0, blocks - 1) * BLOCK_TOKENS

const gib = (bytes: number) => (bytes / GIB).toFixed(2).padStart(6)

/** The memory needed by a model, one printed line for each part, in GiB. */
export function memoryBreakdown({ slice, model }: Preset, limits: MemoryLimits, fit: MemoryFit): string {
  const billions = (model.parameters / 1e9).toFixed(2)
  const batch = `${limits.maxNumBatchedTokens} tokens, ${limits.maxNumSeqs} sequences`
  return [
    `  ${gib(fit.usable)} GiB  ${limits.gpuMemoryUtilization} of the ${gib(slice.memoryBytes).trim()} GiB of ${slice.name} (--gpu-memory-utilization)`,
    `- ${gib(fit.weights)} GiB  weights of ${model.name}: ${billions} billion parameters of ${model.bytesPerNumber} bytes`,
    `- ${gib(fit.activations)} GiB  activations (--max-num-batched-tokens, --max-num-seqs: ${batch})`,
    `- ${gib(fit.librariesAndGraphs)} GiB  CUDA libraries and graphs`,
    `= ${gib(fit.kvCache)} GiB  for the KV cache, of which a token takes ${kvBytesPerToken(model)} bytes`,
  ].join('\n')
}
