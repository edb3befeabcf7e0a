/** Accesses the browser's storage. A private window may refuse; then nothing is remembered, and nothing breaks. */
function attempt<T>(access: (storage: Storage) => T): T | undefined {
  try {
    return access(localStorage)
  } catch {
    return undefined
  }
}

const key = (name: string) => `slicechat:${name}`

export function recall(name: string): string | undefined {
  return attempt((storage) => storage.getItem(key(name))) ?? undefined
}

export function remember(name: string, value: string): void {
  attempt((storage) => (value === '' ? storage.removeItem(key(name)) : storage.setItem(key(name), value)))
}
