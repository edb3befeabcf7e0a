import type { Efficiency, ModelPreset } from '../engine/preset.ts'

/**
 * The sizes are from `config.json` on Hugging Face (Qwen/Qwen2.5-*-Instruct). All are bf16; the head size is hidden
 * size / heads. Parameters are counted: the embedding (twice for the 7B, whose output layer has its own); for each layer
 * query, key and value with biases, output, three matrices of the MLP and two norms; one norm at the end. The model
 * cards round them to 0.49, 1.54, 3.09 and 7.61 billion.
 */
export const models: readonly ModelPreset[] = [
  {
    name: 'qwen2.5-0.5b-instruct',
    parameters: 494_032_768,
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
  {
    name: 'qwen2.5-1.5b-instruct',
    parameters: 1_543_714_304,
    bytesPerNumber: 2,
    layers: 28,
    heads: 12,
    kvHeads: 2,
    headSize: 128,
    hiddenSize: 1536,
    intermediateSize: 8960,
    vocabulary: 151_936,
    maxModelLen: 32_768,
  },
  {
    name: 'qwen2.5-3b-instruct',
    parameters: 3_085_938_688,
    bytesPerNumber: 2,
    layers: 36,
    heads: 16,
    kvHeads: 2,
    headSize: 128,
    hiddenSize: 2048,
    intermediateSize: 11_008,
    vocabulary: 151_936,
    maxModelLen: 32_768,
  },
  {
    name: 'qwen2.5-7b-instruct',
    parameters: 7_615_616_512,
    bytesPerNumber: 2,
    layers: 28,
    heads: 28,
    kvHeads: 4,
    headSize: 128,
    hiddenSize: 3584,
    intermediateSize: 18_944,
    vocabulary: 152_064,
    maxModelLen: 32_768,
  },
]

/**
 * Assumptions for every slice that is not calibrated. Published rules of thumb put decoding with vLLM at 60 to 85% of a
 * card's bandwidth. For the other three no figure was found that holds for a slice. Large matrix products reach about 60%
 * of the FLOP/s. The host's 0.8 ms per step and 0.02 ms per sequence stand for scheduling, launching a CUDA graph,
 * sampling, and Python's work for every output.
 */
export const ASSUMED_EFFICIENCY: Efficiency = {
  bandwidth: 0.75,
  flops: 0.6,
  stepOverheadMs: 0.8,
  sequenceOverheadMs: 0.02,
}
