/**
 * A number for each owner that grows with every change to their conversations, so that a page that asks for it now
 * and then knows whether another device did something. Kept in memory: an API that starts anew begins at 0.
 */
export class Revisions {
  readonly #revisions = new Map<string, number>()

  of(owner: string): number {
    return this.#revisions.get(owner) ?? 0
  }

  next(owner: string): void {
    this.#revisions.set(owner, this.of(owner) + 1)
  }
}
