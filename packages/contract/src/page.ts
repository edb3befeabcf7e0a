/** One page of a list. */
export interface Page<Item> {
  items: Item[]
  /** Pass it as `cursor` to get the next page; `null` on the last one. */
  nextCursor: string | null
}
