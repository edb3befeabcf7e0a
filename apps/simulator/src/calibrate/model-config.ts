import { z } from 'zod'
import { BadConfiguration } from '../configuration/bad-configuration.ts'
import type { ModelPreset } from '../engine/preset.ts'

const count = z.int().positive()

/** The needed fields of a dense decoder's `config.json` from Hugging Face, by their names there. */
const modelConfig = z.object({
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count.optional(),
  head_dim: count.nullish(),
  vocab_size: count,
  max_position_embeddings: count,
  tie_word_embeddings: z.boolean().default(true),
  attention_bias: z.boolean().optional(),
  model_type: z.string().optional(),
  dtype: z.string().optional(),
  torch_dtype: z.string().optional(),
  num_local_experts: z.never({ error: 'mixtures of experts have no preset' }).optional(),
  num_experts: z.never({ error: 'mixtures of experts have no preset' }).optional(),
})

const BYTES: Readonly<Record<string, number>> = { bfloat16: 2, float16: 2, float32: 4 }

/**
 * Reads the sizes of a model from its `config.json`. Parameters are counted as in Llama and Qwen2: embedding (twice if
 * the output has its own), attention with or without biases, three matrices of the MLP, two norms per layer and one more.
 * @param name the name of the preset
 * @throws BadConfiguration with the path of everything that is missing
 */
export function modelPresetOf(name: string, text: string): ModelPreset {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new BadConfiguration([`not JSON: ${(error as Error).message}`])
  }
  const result = modelConfig.safeParse(json)
  if (!result.success)
    throw new BadConfiguration(
      result.error.issues.map(
        ({ path, message }) => `${path.map(String).join('.') || 'the file'}: ${message}`,
      ),
    )
  const config = result.data
  const { hidden_size: hidden, intermediate_size: intermediate, num_hidden_layers: layers } = config
  const { num_attention_heads: heads, vocab_size: vocabulary } = config
  const kvHeads = config.num_key_value_heads ?? heads
  const headSize = config.head_dim ?? hidden / heads
  const dtype = config.dtype ?? config.torch_dtype ?? 'bfloat16'
  const bytesPerNumber = BYTES[dtype]
  const problems = [
    ...(Number.isInteger(headSize)
      ? []
      : ['hidden_size: no multiple of num_attention_heads, and no head_dim']),
    ...(heads % kvHeads === 0 ? [] : ['num_attention_heads: no multiple of num_key_value_heads']),
    ...(bytesPerNumber === undefined
      ? [`dtype: ${dtype} is not known; known are bfloat16, float16, float32`]
      : []),
  ]
  if (bytesPerNumber === undefined || problems.length > 0) throw new BadConfiguration(problems)
  const [wide, narrow] = [heads * headSize, kvHeads * headSize]
  // Qwen2 has biases on query, key and value without a field for it. Llama's field also adds one to the output.
  const qkvBias = config.model_type === 'qwen2' || config.attention_bias === true
  const outputBias = config.model_type !== 'qwen2' && config.attention_bias === true
  const biases = (qkvBias ? wide + 2 * narrow : 0) + (outputBias ? hidden : 0)
  const layer = hidden * (2 * wide + 2 * narrow) + biases + 3 * hidden * intermediate + 2 * hidden
  const embeddings = (config.tie_word_embeddings ? 1 : 2) * vocabulary * hidden
  return {
    name,
    parameters: embeddings + layers * layer + hidden,
    bytesPerNumber,
    layers,
    heads,
    kvHeads,
    headSize,
    hiddenSize: hidden,
    intermediateSize: intermediate,
    vocabulary,
    maxModelLen: config.max_position_embeddings,
  }
}
