// Manifests may contain anything. These functions read a field, and return nothing if it has another shape.

type Key = string | number

/** The value at a path, or undefined. */
export function at(value: unknown, ...path: readonly Key[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<Key, unknown>)[key] : undefined,
    value,
  )
}

/** The items of the list at a path, or none. */
export function list(value: unknown, ...path: readonly Key[]): readonly unknown[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

/** The string at a path, or a number or boolean as a manifest writes it. */
export function text(value: unknown, ...path: readonly Key[]): string | undefined {
  const found = at(value, ...path)
  return ['string', 'number', 'boolean'].includes(typeof found) ? String(found) : undefined
}

/** The strings of the list at a path. */
export function texts(value: unknown, ...path: readonly Key[]): readonly string[] {
  return list(value, ...path).flatMap((item) => text(item) ?? [])
}

/** The mapping at a path, or an empty one. */
export function record(value: unknown, ...path: readonly Key[]): Readonly<Record<string, unknown>> {
  const found = at(value, ...path)
  return typeof found === 'object' && found !== null && !Array.isArray(found)
    ? (found as Record<string, unknown>)
    : {}
}

/** Every string in a value with its path; keys of mappings are left out. */
export function* strings(value: unknown, path: readonly Key[] = []): Iterable<[readonly Key[], string]> {
  if (typeof value === 'string') yield [path, value]
  else if (Array.isArray(value))
    for (const [index, item] of value.entries()) yield* strings(item, [...path, index])
  else for (const [key, item] of Object.entries(record(value))) yield* strings(item, [...path, key])
}

export type { Key }
