/** One page of a list. It can have fewer items than its limit, or none, and not be the last one: a search takes breaks. */
export interface Page<Item> {
  items: Item[]
  /** Pass it as `cursor` to get the next page; `null` on the last one. */
  nextCursor: string | null
}
