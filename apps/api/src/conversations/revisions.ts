/**
 * A revision number per owner, which grows with every change to the owner's conversations. A page polls it to notice
 * changes that another device made. The numbers are kept in memory and begin at 0 when the API restarts.
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
