import { expect, it } from 'vitest'
import { BadConfiguration } from '../configuration/bad-configuration.ts'
import { models } from '../presets/models.ts'
import { modelPresetOf } from './model-config.ts'

/** SmolLM2-135M-Instruct, whose file of weights holds 134,515,008 numbers. */
const smollm2 = {
  model_type: 'llama',
  attention_bias: false,
  dtype: 'bfloat16',
  head_dim: 64,
  hidden_size: 576,
  intermediate_size: 1536,
  max_position_embeddings: 8192,
  num_attention_heads: 9,
  num_hidden_layers: 30,
  num_key_value_heads: 3,
  tie_word_embeddings: true,
  vocab_size: 49_152,
}

/** The `config.json` of a preset. */
const configOf = (model: (typeof models)[number], tied: boolean) => ({
  model_type: 'qwen2',
  torch_dtype: 'bfloat16',
  hidden_size: model.hiddenSize,
  intermediate_size: model.intermediateSize,
  max_position_embeddings: model.maxModelLen,
  num_attention_heads: model.heads,
  num_hidden_layers: model.layers,
  num_key_value_heads: model.kvHeads,
  tie_word_embeddings: tied,
  vocab_size: model.vocabulary,
})

it('counts the parameters of Llama', () => {
  expect(modelPresetOf('smollm2', JSON.stringify(smollm2))).toMatchObject({
    name: 'smollm2',
    parameters: 134_515_008,
    bytesPerNumber: 2,
    heads: 9,
    kvHeads: 3,
    headSize: 64,
  })
})

it('comes to the presets of Qwen2.5, with its biases and with an output of its own', () => {
  for (const model of models)
    expect(modelPresetOf(model.name, JSON.stringify(configOf(model, !model.name.includes('7b'))))).toEqual(
      model,
    )
})

it('names everything that is missing or not dense', () => {
  const { hidden_size: _hidden, vocab_size: _vocabulary, ...rest } = smollm2
  const read = () => modelPresetOf('x', JSON.stringify({ ...rest, num_experts: 8 }))
  expect(read).toThrow(BadConfiguration)
  expect(read).toThrow(/hidden_size[\s\S]*vocab_size[\s\S]*num_experts/)
  expect(() => modelPresetOf('x', JSON.stringify({ ...smollm2, dtype: 'float8' }))).toThrow(/float8/)
  expect(() => modelPresetOf('x', '{')).toThrow(/not JSON/)
})
