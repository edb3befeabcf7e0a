import type { ChatClient, Transport } from '@slicechat/client'
import { createContext } from 'svelte'
import type { ChangesElsewhere } from './conversations/changes-elsewhere.ts'
import type { ConversationList } from './conversations/conversation-list.svelte.ts'
import type { ErrorFunnel } from './errors/error-funnel.svelte.ts'
import type { ModelCatalog } from './system/model-catalog.svelte.ts'
import type { SystemWatch } from './system/system-watch.svelte.ts'

/** Objects that all pages share, made once by the root layout. */
export interface Workspace {
  client: ChatClient
  errors: ErrorFunnel
  conversations: ConversationList
  changes: ChangesElsewhere
  models: ModelCatalog
  system: SystemWatch
  showTransport: (transport: Transport) => void
}

export const [useWorkspace, setWorkspace] = createContext<Workspace>()
