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
