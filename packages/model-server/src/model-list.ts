/** A model as `/v1/models` lists it. */
export interface ModelCard {
  id: string
  /** The context length in tokens, `null` where the server does not say: vLLM and SGLang do. */
  maxModelLen: number | null
}

/**
 * Reads what `/v1/models` answers: OpenAI's `{data: […]}`, in which Ollama writes `null` for an empty list, or the bare list
 * of Together. Models without a name are left out.
 * @returns `undefined` when it is no list of models
 */
export function readModels(body: unknown): ModelCard[] | undefined {
  const data: unknown = Array.isArray(body) ? body : (body as { data?: unknown } | null | undefined)?.data
  if (data === null) return []
  return Array.isArray(data) ? data.flatMap(toCard) : undefined
}

function toCard(raw: unknown): ModelCard[] {
  const { id, max_model_len: length } = (raw ?? {}) as { id?: unknown; max_model_len?: unknown }
  return typeof id === 'string' && id.trim() !== ''
    ? [{ id, maxModelLen: typeof length === 'number' ? length : null }]
    : []
}
