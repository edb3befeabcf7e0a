import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'

const FOLDER = join(import.meta.dirname, '../../deploy/monitoring')

export interface Rule {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
  readonly for?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

export interface Group {
  readonly name: string
  readonly rules: readonly Rule[]
}

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly spec: unknown
}

export interface DataSource {
  readonly type: string
  readonly uid: string
}

export interface Panel {
  readonly id: number
  readonly title: string
  readonly type: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly datasource?: DataSource
  readonly targets?: readonly {
    readonly expr: string
    readonly legendFormat: string
    readonly datasource: DataSource
  }[]
}

export interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly panels: readonly Panel[]
  readonly templating: {
    readonly list: readonly { name: string; type: string; definition?: string; datasource?: DataSource }[]
  }
  readonly annotations: { readonly list: readonly { expr: string; datasource: DataSource }[] }
}

/** Every manifest of deploy/monitoring and its subfolders. */
export const manifests: readonly Manifest[] = globSync(join(FOLDER, '{,slice/,far-slice/}*.yaml')).flatMap(
  (file) =>
    parseAllDocuments(readFileSync(file, 'utf8'))
      .map((document) => document.toJS() as Manifest)
      .filter(({ kind }) => kind !== 'Kustomization'),
)

/** The groups of all PrometheusRules, which are also the content of a rules file of Prometheus itself. */
export const groups: readonly Group[] = manifests
  .filter(({ kind }) => kind === 'PrometheusRule')
  .flatMap(({ spec }) => (spec as { groups: Group[] }).groups)

export const rules: readonly Rule[] = groups.flatMap((group) => group.rules)

/** Dashboards by file name. */
export const dashboards: ReadonlyMap<string, Dashboard> = new Map(
  globSync(join(FOLDER, 'dashboards/*.json')).map((file) => [
    file.slice(FOLDER.length + 1),
    JSON.parse(readFileSync(file, 'utf8')) as Dashboard,
  ]),
)

/** Cases for `promtool test rules`: text by file name. */
export const promtoolCases: ReadonlyMap<string, string> = new Map(
  globSync(join(FOLDER, 'tests/*.yaml')).map((file) => [
    file.slice(join(FOLDER, 'tests/').length),
    readFileSync(file, 'utf8'),
  ]),
)

/** The dashboards that the kustomization puts into a ConfigMap. */
export const bundledDashboards = (
  parse(readFileSync(join(FOLDER, 'kustomization.yaml'), 'utf8')) as {
    configMapGenerator: { files: string[] }[]
  }
).configMapGenerator.flatMap(({ files }) => files)
