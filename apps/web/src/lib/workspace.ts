import { type ChatClient, createChatClient } from '@slicechat/client'
import { createContext } from 'svelte'
import { Account } from './account/account.svelte.ts'
import { LimitsWatch } from './account/limits-watch.svelte.ts'
import { ChangesElsewhere } from './conversations/changes-elsewhere.ts'
import { ConversationList } from './conversations/conversation-list.svelte.ts'
import { ErrorFunnel } from './errors/error-funnel.svelte.ts'
import { reportUncaught } from './errors/uncaught.ts'
import { Panel } from './settings/panel.svelte.ts'
import { Settings } from './settings/settings.ts'
import { ModelCatalog } from './system/model-catalog.svelte.ts'
import { SystemWatch } from './system/system-watch.svelte.ts'

/** Objects that all pages share. */
export interface Workspace {
  client: ChatClient
  account: Account
  limits: LimitsWatch
  settings: Settings
  panel: Panel
  errors: ErrorFunnel
  conversations: ConversationList
  changes: ChangesElsewhere
  models: ModelCatalog
  system: SystemWatch
  /** Reports a call that failed, and checks whether the server can still be reached. */
  onCallFailed: (error: unknown) => void
  /** Writes how the client reaches the server to `body[data-transport]`, for tests and operators. */
  showTransport: () => void
  /** Starts what listens and watches, in the browser. Returns the function that ends it. */
  start: () => () => void
}

/**
 * @param url of the API; the client connects with its first call
 * @param basePath path of the page on its host, with a slash at its end
 */
export function createWorkspace(url: string, basePath: string): Workspace {
  const client = createChatClient({ url })
  const settings = new Settings(basePath)
  const panel = new Panel(settings.panel)
  const account = new Account(client, basePath, {
    onSignedOut: (leaveFor) => {
      settings.forgetPerson()
      // A new page, so that nothing of the person is left in this one.
      location.replace(leaveFor ?? `${basePath}sign-in`)
    },
    // What is shown may be from before, and an answer may have gone on; what was being typed is kept.
    onReturned: () => location.reload(),
    onReplaced: () => location.replace(basePath),
    onError: (error) => errors.report(error),
  })
  const limits = new LimitsWatch(client, () => performance.now())
  const errors: ErrorFunnel = new ErrorFunnel((error) => {
    limits.noticed(error)
    return account.takes(error, errors.report)
  })
  const changes = new ChangesElsewhere()
  const onCallFailed = (error: unknown) => {
    errors.report(error)
    system.check()
  }
  const conversations = new ConversationList(client, {
    onChanged: (id) => changes.made(id),
    onRemoved: (id) => settings.forget(id),
    onError: onCallFailed,
  })
  const models = new ModelCatalog(client)
  const system = new SystemWatch(client, {
    onStatus: ({ conversationsRevision }) => changes.saw(conversationsRevision),
    onRefused: () => void account.load(),
    onRecovered: () => {
      // Without an answer of the API nobody knows yet who this is.
      const isKnown = account.mode?.auth === 'off' || account.user !== null
      if (!isKnown) void account.load()
      void conversations.refresh()
      models.refresh().catch(errors.report)
    },
  })
  const showTransport = () => {
    document.body.dataset['transport'] = client.transport
  }
  const start = () => {
    showTransport()
    panel.restore()
    const stops = [
      reportUncaught(errors.report),
      changes.start(),
      changes.listen(() => void conversations.refresh()),
      system.start(),
      account.start(),
      () => limits.stop(),
      () => client.close(),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }
  return {
    client,
    account,
    limits,
    settings,
    panel,
    errors,
    conversations,
    changes,
    models,
    system,
    onCallFailed,
    showTransport,
    start,
  }
}

export const [useWorkspace, setWorkspace] = createContext<Workspace>()
