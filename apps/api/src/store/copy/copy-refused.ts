/** Thrown when stores cannot be copied as they are. The message says what to do. */
export class CopyRefused extends Error {
  declare private readonly brand: never
  override readonly name = 'CopyRefused'
}
