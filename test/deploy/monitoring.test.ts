import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { problemsOf } from './expression-check.ts'
import { knownMetrics, type KnownMetrics } from './known-metrics.ts'
import {
  bundledDashboards,
  dashboards,
  manifests,
  promtoolCases,
  rules,
  type Rule,
} from './monitoring-files.ts'
import { readPromql } from './promql.ts'

let known: KnownMetrics
/** The known metrics are the scraped ones and those that the rules record. */
beforeAll(async () => {
  known = await knownMetrics()
  for (const { record, expr } of rules)
    if (record !== undefined) {
      const labels = readPromql(expr).grouping
      known.set(record, new Map(labels.map((label) => [label, 'any'])))
    }
})

/** The text of all rules and dashboards. */
const everything = JSON.stringify([rules, [...dashboards.values()]])
const alerts = rules.filter((rule): rule is Rule & { alert: string } => rule.alert !== undefined)
const recorded = rules.filter((rule): rule is Rule & { record: string } => rule.record !== undefined)

describe('expressions read what is there', () => {
  test('in every rule', () => {
    for (const { alert, record, expr } of rules) expect(problemsOf(expr, known), alert ?? record).toEqual([])
  })

  test('in every panel, annotation and variable', () => {
    for (const [file, { panels, annotations, templating }] of dashboards) {
      for (const { title, targets = [] } of panels)
        for (const { expr } of targets) expect(problemsOf(expr, known), `${file}: ${title}`).toEqual([])
      for (const { expr } of annotations.list) expect(problemsOf(expr, known), file).toEqual([])
      for (const { type, definition = '' } of templating.list) {
        if (type !== 'query') continue
        const [, series = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(definition) ?? []
        expect(problemsOf(`sum by (${label}) (${series})`, known), `${file}: ${definition}`).toEqual([])
      }
    }
  })

  test.each([
    ['rate(chat_request_total[5m])', 'no page has chat_request_total'],
    ['vllm:num_request_running', 'no page has vllm:num_request_running'],
    ['DCGM_FI_DEV_GPU_UTILIZATION', 'no page has DCGM_FI_DEV_GPU_UTILIZATION'],
    ['chat_requests_total{state="error"}', 'chat_requests_total has no label state'],
    ['sum by (model) (vllm:num_requests_running)', 'nothing here has a label model'],
    [
      'chat_requests_total{status=~"failed|refused"}',
      'chat_requests_total never has status=~"failed|refused"',
    ],
    ['chat_queue_wait_seconds_bucket{le="2"}', 'chat_queue_wait_seconds_bucket: le="2" misses "2.0"'],
    ['chat_queue_wait_seconds_bucket{le="2.0"}', 'chat_queue_wait_seconds_bucket: le="2.0" misses "2"'],
    ['vllm:time_to_first_token_seconds_bucket{le=~"2(\\\\.0)?"}', 'le=~"2(\\.0)?" is 0 edges'],
    ['chat_queue_wait_seconds_bucket{le=~"2.*"}', 'le=~"2.*" is 4 edges'],
    ['sum(rate(chat_requests_total[5m])', 'not PromQL'],
    ['namespace:chat_answers:rate7m', 'no page has namespace:chat_answers:rate7m'],
  ])('faults are found: %s', (expression, problem) => {
    expect(problemsOf(expression, known)).toEqual([expect.stringContaining(problem)])
  })

  test('of DCGM, what the exporter on the GPU machine is told to tell', () => {
    const told = readFileSync('deploy/gpu/operator/config.yaml', 'utf8')
    const read = new Set(
      [...known.keys()].filter((name) => name.startsWith('DCGM_') && everything.includes(name)),
    )
    expect(read.size).toBeGreaterThan(8)
    for (const name of read) expect(told).toContain(` ${name}, `)
  })

  test('job labels are those that scraping gives', () => {
    const jobs = manifests
      .filter(({ kind }) => kind === 'ServiceMonitor' || kind === 'ScrapeConfig')
      .map(({ metadata }) => metadata.name)
    const read = [
      ...rules,
      ...[...dashboards.values()].flatMap(({ panels }) => panels.flatMap((p) => p.targets ?? [])),
    ]
      .flatMap(({ expr }) => readPromql(expr).selectors)
      .flatMap(({ matchers }) => matchers.filter(({ label }) => label === 'job'))
      .flatMap(({ value }) => value.split('|'))
    expect([...new Set(read)].sort()).toEqual([...new Set(jobs)].sort())
  })
})

describe('rules', () => {
  test('all windows of a recorded rate say the same', () => {
    const byName = Map.groupBy(recorded, ({ record }) => record.replace(/:rate\w+$/, ''))
    for (const [name, series] of byName) {
      const windowOf = ({ record }: { record: string }) => /:rate(\w+)$/.exec(record)?.[1] ?? ''
      const shapes = series.map((rule) => rule.expr.replaceAll(windowOf(rule), 'W'))
      expect(new Set(shapes).size, `${name}: ${shapes.join('\n')}`).toBe(1)
      expect(series.map(windowOf), name).toEqual(['5m', '30m', '1h', '2h', '6h', '1d', '3d'])
    }
  })

  test('a rate over a window becomes a number of events with the seconds of that window', () => {
    const seconds = { m: 60, h: 3600, d: 86_400 }
    const counts = alerts.flatMap(({ expr }) => [...expr.matchAll(/:rate(\d+)([mhd]) \* (\d+)/g)])
    expect(counts).toHaveLength(8)
    for (const [text, amount, unit, factor] of counts)
      expect(Number(amount) * seconds[unit as 'm' | 'h' | 'd'], text).toBe(Number(factor))
  })

  test('every alert has a part of the guide, cases for promtool, and a severity that somebody routes', () => {
    const guide = readFileSync('docs/operations.md', 'utf8')
    const anchors = [...guide.matchAll(/^#+ (Slicechat\w+)$/gm)].map(([, name = '']) => name)
    expect(anchors.sort()).toEqual([...new Set(alerts.map(({ alert }) => alert))].sort())
    for (const { alert, labels, annotations } of alerts) {
      expect(annotations?.['runbook'], alert).toBe(`docs/operations.md#${alert.toLowerCase()}`)
      expect(['critical', 'warning'], alert).toContain(labels?.['severity'])
      expect(annotations, alert).toHaveProperty('summary')
      const fires = new RegExp(`alertname="${alert}"`)
      expect(
        [...promtoolCases.values()].some((cases) => fires.test(cases)),
        `cases for ${alert}`,
      ).toBe(true)
    }
  })

  test('Prometheus takes them: each has the label of its release, and scrapes every ten seconds', () => {
    expect(manifests.map(({ kind }) => kind).sort()).toEqual([
      ...['PrometheusRule', 'PrometheusRule', 'ScrapeConfig', 'ScrapeConfig'],
      ...['ServiceMonitor', 'ServiceMonitor', 'ServiceMonitor'],
    ])
    for (const { kind, metadata, spec } of manifests) {
      expect(metadata.labels, metadata.name).toMatchObject({ release: 'kps' })
      if (kind === 'ServiceMonitor')
        expect(spec).toMatchObject({ endpoints: [{ path: '/metrics', interval: '10s' }] })
      if (kind === 'ScrapeConfig')
        expect(spec).toMatchObject({ metricsPath: '/metrics', scrapeInterval: '10s' })
    }
  })
})

describe.each([...dashboards])('%s', (file, dashboard) => {
  const { panels, templating, annotations } = dashboard

  test('is bundled', () => {
    expect(bundledDashboards).toContain(file)
    expect(bundledDashboards).toHaveLength(dashboards.size)
  })

  test('asks the Prometheus that is chosen at its top', () => {
    const source = { type: 'prometheus', uid: '${datasource}' }
    expect(templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' })
    for (const { title, datasource, targets = [] } of panels) {
      if (targets.length > 0) expect(datasource, title).toEqual(source)
      for (const target of targets) expect(target.datasource, title).toEqual(source)
    }
    for (const { datasource } of [...templating.list.slice(1), ...annotations.list])
      expect(datasource).toEqual(source)
  })

  test('uses the variables that it has, and has those that it uses', () => {
    const used = [...JSON.stringify(dashboard).matchAll(/\$(?:\{(\w+)\}|((?!__)\w+))/g)].map(
      ([, a, b]) => a ?? b,
    )
    expect([...new Set(used)].sort()).toEqual(templating.list.map(({ name }) => name).sort())
  })

  test('legends name labels that the series keep', () => {
    for (const { title, targets = [] } of panels)
      for (const { expr, legendFormat } of targets)
        for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
          const { selectors, grouping } = readPromql(expr)
          const kept =
            grouping.length > 0
              ? grouping
              : selectors.flatMap(({ metric }) => [...(known.get(metric)?.keys() ?? [])])
          expect(kept, `${title}: ${legendFormat}`).toContain(label)
        }
  })

  test('panels have ids of their own and do not overlap', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24)
  })
})
