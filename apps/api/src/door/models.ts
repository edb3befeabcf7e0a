import type { Model } from '../upstream/upstream.ts'

/** A model as OpenAI lists it, with vLLM's field for the context length. */
interface OpenaiModel {
  id: string
  object: 'model'
  /** In seconds since 1970. Nobody here knows when a model was made, and clients need a number. */
  created: 0
  owned_by: 'slicechat'
  max_model_len: number | null
}

/** One model in OpenAI's form. */
export const toOpenaiModel = ({ id, maxModelLen }: Model): OpenaiModel => ({
  id,
  object: 'model',
  created: 0,
  owned_by: 'slicechat',
  max_model_len: maxModelLen,
})

/** OpenAI's list of models. The default one is the first, since many programs take that. */
export const toModelList = (models: readonly Model[]): { object: 'list'; data: OpenaiModel[] } => ({
  object: 'list',
  data: models.toSorted((a, b) => Number(b.default) - Number(a.default)).map(toOpenaiModel),
})
