/** A model as `/v1/models` lists it. */
export interface ModelCard {
  id: string
  /** The context length in tokens. vLLM and SGLang tell it; `null` if the server does not. */
  maxModelLen: number | null
  /** Whose model it is, as the server says; `null` if it does not. */
  ownedBy: string | null
}

/**
 * Reads the body of `/v1/models`: OpenAI's `{data: […]}`, in which Ollama writes `null` for an empty list, or the bare list
 * of Together. Models without a name are left out.
 * @returns `undefined` if it is not a list of models
 */
export function readModels(body: unknown): ModelCard[] | undefined {
  const data: unknown = Array.isArray(body) ? body : (body as { data?: unknown } | null | undefined)?.data
  if (data === null) return []
  return Array.isArray(data) ? data.flatMap(toCard) : undefined
}

function toCard(raw: unknown): ModelCard[] {
  const {
    id,
    max_model_len: length,
    owned_by: owner,
  } = (raw ?? {}) as { id?: unknown; max_model_len?: unknown; owned_by?: unknown }
  if (typeof id !== 'string' || id.trim() === '') return []
  const maxModelLen = typeof length === 'number' ? length : null
  return [{ id, maxModelLen, ownedBy: typeof owner === 'string' ? owner : null }]
}
