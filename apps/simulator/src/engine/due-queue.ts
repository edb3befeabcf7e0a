/** Entries ordered by due time, in a binary heap, because every token of every stream passes through it. */
export class DueQueue<T extends { dueMs: number }> {
  readonly #heap: T[] = []

  get size(): number {
    return this.#heap.length
  }

  peek(): T | undefined {
    return this.#heap[0]
  }

  push(entry: T): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = heap[up] as T
      if (parent.dueMs <= entry.dueMs) break
      heap[at] = parent
      at = up
    }
    heap[at] = entry
  }

  /** Moves the first entry to its place after its `dueMs` has grown. */
  sinkFirst(): void {
    const first = this.#heap[0]
    if (first !== undefined) this.#sink(0, first)
  }

  pop(): T | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (heap.length > 0 && last !== undefined) this.#sink(0, last)
    return first
  }

  clear(): void {
    this.#heap.length = 0
  }

  #sink(from: number, entry: T): void {
    const heap = this.#heap
    let at = from
    for (;;) {
      let down = 2 * at + 1
      if (down >= heap.length) break
      if (down + 1 < heap.length && (heap[down + 1] as T).dueMs < (heap[down] as T).dueMs) down++
      const child = heap[down] as T
      if (child.dueMs >= entry.dueMs) break
      heap[at] = child
      at = down
    }
    heap[at] = entry
  }
}
