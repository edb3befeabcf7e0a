import type { KnownMetrics } from './known-metrics.ts'
import { readPromql, type Matcher } from './promql.ts'

/**
 * Problems of an expression, one sentence each: its grammar, a metric or label that no page has, a label value that
 * never occurs, a limit that is no bucket edge of its histogram or that is matched in one spelling only. Empty if there
 * are none.
 */
export function problemsOf(expression: string, known: KnownMetrics): string[] {
  const { selectors, grouping, syntaxError } = readPromql(expression)
  if (syntaxError !== undefined) return [syntaxError]
  const problems: string[] = []
  const labels = new Set<string>()
  for (const { metric, matchers } of selectors) {
    const its = known.get(metric)
    if (its === undefined) {
      problems.push(`no page has ${metric}`)
      continue
    }
    for (const label of its.keys()) labels.add(label)
    for (const matcher of matchers) {
      const values = its.get(matcher.label)
      if (values === undefined) problems.push(`${metric} has no label ${matcher.label}`)
      else if (matcher.label === 'le' && values !== 'any')
        problems.push(...edgeProblems(metric, matcher, values))
      else if (values !== 'any' && ![...values].some((value) => admits(matcher, value)))
        problems.push(`${metric} never has ${matcher.label}${matcher.operator}"${matcher.value}"`)
    }
  }
  if (problems.length === 0)
    for (const label of grouping) if (!labels.has(label)) problems.push(`nothing here has a label ${label}`)
  return problems
}

/** Whether a matcher lets a value through. A Grafana variable may have any value. */
function admits({ operator, value }: Matcher, given: string): boolean {
  if (value.includes('$')) return true
  const matches = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(given) : value === given
  return operator.startsWith('!') ? !matches : matches
}

/** Prometheus 2 writes whole edges as `2`, Prometheus 3 as `2.0`. */
function edgeProblems(metric: string, matcher: Matcher, edges: ReadonlySet<string>): string[] {
  const found = [...edges].filter(
    (edge) => edge !== '+Inf' && spellings(edge).some((edge) => admits(matcher, edge)),
  )
  if (found.length !== 1)
    return [`${metric}: le${matcher.operator}"${matcher.value}" is ${found.length} edges`]
  const missed = spellings(found[0] ?? '').filter((edge) => !admits(matcher, edge))
  return missed.map((edge) => `${metric}: le${matcher.operator}"${matcher.value}" misses "${edge}"`)
}

const spellings = (edge: string): string[] => {
  const number = String(Number(edge))
  return Number.isInteger(Number(edge)) ? [number, `${number}.0`] : [number]
}
