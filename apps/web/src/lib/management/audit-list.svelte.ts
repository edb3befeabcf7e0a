import type { ChatClient } from '@slicechat/client'
import type { AuditEntry } from '@slicechat/contract'
import { type PageInput, PagedList } from '../paged-list.svelte.ts'

export interface AuditPort {
  api: { admin: { audit: Pick<ChatClient['api']['admin']['audit'], 'list'> } }
}

/** The audit log, newest first, page by page. */
export class AuditList extends PagedList<AuditEntry> {
  readonly #client: AuditPort
  readonly #onError: (error: unknown) => void

  constructor(client: AuditPort, onError: (error: unknown) => void) {
    super()
    this.#client = client
    this.#onError = onError
  }

  async refresh(): Promise<void> {
    await this.fetchTop()
  }

  protected override fetchPage({ cursor, limit }: PageInput, signal: AbortSignal) {
    return this.#client.api.admin.audit.list.query({ cursor, limit }, { signal })
  }

  protected override fetched(error: unknown): void {
    if (error !== undefined) this.#onError(error)
  }
}
