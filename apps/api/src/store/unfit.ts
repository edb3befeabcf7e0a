/** Thrown when this API cannot use a store that works: its schema is newer, or its server is too old. */
export class StoreUnfit extends Error {
  declare private readonly brand: never
  override readonly name = 'StoreUnfit'
}
