/** A node of a conversation. Nodes with the same parent are alternatives at the same place. */
interface Node<T> {
  readonly parent: T | null
}

export interface Step<T> {
  node: T
  /** The alternatives at this place, oldest first and `node` included; empty if there is only one. */
  siblings: readonly T[]
}

const none: readonly never[] = []
/** Messages without siblings keep their step object, so that a new message does not redraw the hundreds before it. */
const lone = new WeakMap<object, Step<unknown>>()

function stepTo<T extends object>(node: T, siblings: readonly T[]): Step<T> {
  if (siblings.length > 1) return { node, siblings }
  const known = lone.get(node) as Step<T> | undefined
  const step = known ?? { node, siblings: none }
  if (!known) lone.set(node, step)
  return step
}

/**
 * The branch that is shown: at each fork the chosen alternative, else the one that leads to the newest message.
 *
 * @param nodes all messages, oldest first
 * @param chosen the alternatives that the reader picked, at most one below each parent
 */
export function selectPath<T extends Node<T>>(nodes: readonly T[], chosen: readonly T[]): Step<T>[] {
  const children = Map.groupBy(nodes, (node) => node.parent)
  const newest = new Set<T>()
  for (let node = nodes.at(-1) ?? null; node; node = node.parent) newest.add(node)

  const path: Step<T>[] = []
  let siblings = children.get(null)
  let parent: T | null = null
  while (siblings) {
    const picked = chosen.findLast((choice) => choice.parent === parent)
    const node: T | undefined =
      picked && siblings.includes(picked)
        ? picked
        : (siblings.find((sibling) => newest.has(sibling)) ?? siblings.at(-1))
    if (!node) break
    path.push(stepTo(node, siblings))
    parent = node
    siblings = children.get(node)
  }
  return path
}
