import { createHash, timingSafeEqual } from 'node:crypto'

/** A bearer key and the owner whose calls it identifies. */
export interface ApiKey {
  owner: string
  key: string
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Identifies callers. Without keys every caller is `local`: the API then listens where only trusted people reach it. */
export class ApiKeys {
  readonly #keys: { owner: string; digest: Buffer }[]

  constructor(keys: readonly ApiKey[]) {
    this.#keys = keys.map(({ owner, key }) => ({ owner, digest: digest(key) }))
  }

  get required(): boolean {
    return this.#keys.length > 0
  }

  /**
   * The owner behind an `Authorization` header, `undefined` if its key is unknown. All keys are compared, each in
   * constant time, so that the time taken reveals nothing about them.
   */
  owner(authorization: string | undefined): string | undefined {
    if (!this.required) return 'local'
    const given = digest(/^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '')
    let found: string | undefined
    for (const { owner, digest } of this.#keys) if (timingSafeEqual(given, digest)) found = owner
    return found
  }
}
