import { dashboards, rules } from './monitoring-files.ts'

/** A query of a panel, as Grafana would send it with "All" chosen everywhere. */
interface PanelQuery {
  readonly panel: string
  readonly legend: string
  readonly expr: string
}

/** Expressions of recording rules, by the recorded name. */
const recorded = new Map(
  rules.flatMap(({ record, expr }) => (record === undefined ? [] : [[record, expr] as const])),
)

/** Replaces recorded names by their expressions, for a Prometheus that has not loaded the rules. */
const unrecorded = (expr: string): string =>
  expr.replace(/namespace:\w+:\w+/g, (name) => {
    const its = recorded.get(name)
    return its === undefined ? name : `(${unrecorded(its)})`
  })

/** Every query of every panel. `window` replaces Grafana's intervals. */
export const panelQueries = (window: string): PanelQuery[] =>
  [...dashboards.values()].flatMap(({ title, panels }) =>
    panels.flatMap(({ title: panel, targets = [] }) =>
      targets.map(({ expr, legendFormat }) => ({
        panel: `${title}: ${panel}`,
        legend: legendFormat,
        expr: unrecorded(expr.replace(/(namespace:\w+:\w+)\{[^}]*\}/g, '$1'))
          .replace(/\$__\w+/g, window)
          .replace(/\$\w+/g, '.*'),
      })),
    ),
  )
