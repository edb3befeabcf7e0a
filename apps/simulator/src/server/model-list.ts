import type { SimulatorContext } from '../simulator-context.ts'

/** The body of `GET /v1/models`. */
export function modelList({ configuration, createdS, randomId }: SimulatorContext): object {
  const created = createdS()
  const permission = {
    id: `modelperm-${randomId().slice(0, 16)}`,
    object: 'model_permission',
    created,
    allow_create_engine: false,
    allow_sampling: true,
    allow_logprobs: true,
    allow_search_indices: false,
    allow_view: true,
    allow_fine_tuning: false,
    organization: '*',
    group: null,
    is_blocking: false,
  }
  const card = {
    id: configuration.servedModelName,
    object: 'model',
    created,
    owned_by: 'vllm',
    root: configuration.servedModelName,
    parent: null,
    max_model_len: configuration.maxModelLen,
    permission: [permission],
  }
  return { object: 'list', data: [card] }
}
