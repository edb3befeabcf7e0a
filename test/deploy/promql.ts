import { parser } from '@prometheus-io/lezer-promql'

/** A label and the value that it is compared with. `operator` is one of `=`, `!=`, `=~`, `!~`. */
export interface Matcher {
  readonly label: string
  readonly operator: string
  readonly value: string
}

/** The parts of an expression. */
export interface Reading {
  readonly selectors: readonly { readonly metric: string; readonly matchers: readonly Matcher[] }[]
  /** Labels of `by`, `without`, `on`, `ignoring`, `group_left` and `group_right`. */
  readonly grouping: readonly string[]
  /** Where the expression stops being PromQL; absent if it is valid. */
  readonly syntaxError?: string
}

/**
 * Parses an expression with the grammar of Prometheus' own editor. A fixed duration replaces Grafana's duration
 * variables.
 */
export function readPromql(expression: string): Reading {
  const text = expression.replace(/\$__(rate_interval|interval|range)/g, '5m')
  const selectors: { metric: string; matchers: Matcher[] }[] = []
  const grouping: string[] = []
  let syntaxError: string | undefined
  parser.parse(text).iterate({
    enter({ node, name, type }) {
      const words = text.slice(node.from, node.to)
      if (type.isError)
        syntaxError ??= `not PromQL at ${JSON.stringify(text.slice(node.from, node.from + 20))}`
      else if (name === 'VectorSelector') selectors.push({ metric: '', matchers: [] })
      else if (name === 'Identifier') selectors.splice(-1, 1, { metric: words, matchers: [] })
      else if (name === 'UnquotedLabelMatcher') {
        const [label = '', operator = '', value = ''] = ['LabelName', 'MatchOp', 'StringLiteral'].map(
          (part) => {
            const child = node.getChild(part)
            return child === null ? '' : text.slice(child.from, child.to)
          },
        )
        selectors.at(-1)?.matchers.push({ label, operator, value: JSON.parse(value) as string })
      } else if (name === 'LabelName' && node.parent?.name === 'GroupingLabels') grouping.push(words)
    },
  })
  return { selectors, grouping, ...(syntaxError !== undefined && { syntaxError }) }
}
