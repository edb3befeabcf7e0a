/** Accesses the browser's storage. A private window may refuse; then nothing is kept, and nothing breaks. */
function attempt<T>(access: (storage: Storage) => T): T | undefined {
  try {
    return access(localStorage)
  } catch {
    return undefined
  }
}

/** Removes all settings whose names begin in one of these ways. */
export function removeSettings(...beginnings: string[]): void {
  attempt((storage) => {
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
    for (const key of keys)
      if (beginnings.some((beginning) => key.startsWith(`slicechat:${beginning}`))) storage.removeItem(key)
  })
}

/** A text that the browser keeps. An empty text is kept as none. */
export interface Setting {
  get: () => string | undefined
  set: (text: string) => void
}

/** @param name of the setting in the browser's storage */
export function setting(name: string): Setting {
  const key = `slicechat:${name}`
  return {
    get: () => attempt((storage) => storage.getItem(key)) ?? undefined,
    set: (text) => {
      attempt((storage) => (text === '' ? storage.removeItem(key) : storage.setItem(key, text)))
    },
  }
}
