/** Accesses the browser's storage. A private window may refuse; then nothing is kept, and nothing breaks. */
function attempt<T>(access: (storage: Storage) => T): T | undefined {
  try {
    return access(localStorage)
  } catch {
    return undefined
  }
}

/** A text that the browser keeps. An empty text is kept as none. */
export interface Setting {
  get: () => string | undefined
  set: (text: string) => void
}

function setting(name: string): Setting {
  const key = `slicechat:${name}`
  return {
    get: () => attempt((storage) => storage.getItem(key)) ?? undefined,
    set: (text) => {
      attempt((storage) => (text === '' ? storage.removeItem(key) : storage.setItem(key, text)))
    },
  }
}

/**
 * Everything that the browser keeps for its reader. All sites of a host share its storage, so what differs between two
 * Slicechats there is kept by base path. Ids of conversations are unique across instances.
 */
export class Settings {
  /** `light` or `dark`; none: as the system. `app.html` reads it too. */
  readonly theme = setting('theme')
  /** `closed` if the panel is closed where there is room for it beside the page. */
  readonly panel = setting('panel')
  /** The base path, or nothing at the root of the host. */
  readonly #place: string

  /** @param basePath path of the page on its host, with a slash at its end */
  constructor(basePath = '/') {
    this.#place = basePath === '/' ? '' : basePath
  }

  /** The text that is being typed in a conversation, or in a new one. */
  draft(conversationId: string | undefined): Setting {
    return setting(`draft:${this.#place}${conversationId ?? 'new'}`)
  }

  /** The model that was picked for a conversation and not used yet, or the one for new conversations. */
  model(conversationId: string | undefined): Setting {
    const place = conversationId ?? this.#place
    return setting(place === '' ? 'model' : `model:${place}`)
  }
}
