import { z } from 'zod'
import { isThroughApi, type Run } from '@slicechat/run'
import { counted, number } from '@slicechat/run/format'

const executor = z.object({
  users: z.number().optional(),
  rate: z.number().optional(),
  startUsers: z.number().optional(),
  startRate: z.number().optional(),
  stages: z.array(z.object({ users: z.number().optional(), rate: z.number().optional() })).optional(),
})
const loaded = z.object({ executor })

/** The load in a few words; empty if the scenario gives none, as with a trace. */
function loadText({ scenario }: Run): string {
  const read = loaded.safeParse(scenario)
  if (!read.success) return ''
  const { users, rate, startUsers = 0, startRate = 0, stages = [] } = read.data.executor
  if (users !== undefined) return counted(users, 'user')
  if (rate !== undefined) return `${number(rate)} conversations/s`
  const most = (start: number, of: (stage: (typeof stages)[number]) => number | undefined): number =>
    Math.max(start, ...stages.map((stage) => of(stage) ?? 0))
  const [mostUsers, mostRate] = [
    most(startUsers, (stage) => stage.users),
    most(startRate, ({ rate: one }) => one),
  ]
  if (mostUsers > 0) return `up to ${counted(mostUsers, 'user')}`
  return mostRate > 0 ? `up to ${number(mostRate)} conversations/s` : ''
}

/** How requests reach the model server. */
export const routeOf = (run: Run): string => {
  if (!isThroughApi(run)) return 'directly'
  return run.target.kind === 'api' ? 'through the API' : "through the API's /v1"
}

/** What runs may differ in, the most significant first. */
const TRAITS: readonly ((run: Run) => string)[] = [
  ({ name }) => name,
  routeOf,
  ({ target }) => target.model,
  loadText,
  ({ target }) => target.url,
  ({ target }) => target.transport,
  ({ seed }) => `seed ${seed}`,
  ({ startedAt }) => timeText(startedAt),
]

function timeText(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 19).replace('T', ' ')
}

/**
 * A run's name among the runs that are shown with it: the traits in which they differ, as many as distinguish
 * them all. Runs that differ in nothing are numbered.
 */
export function runLabel(runs: readonly Run[], index: number): string {
  const run = runs[index]
  if (run === undefined) return ''
  if (runs.length === 1) return run.name
  let labels = runs.map((): string[] => [])
  const isTold = (): boolean => new Set(labels.map((parts) => parts.join(', '))).size === runs.length
  for (const trait of TRAITS) {
    if (isTold()) break
    const values = runs.map(trait)
    const apart = (one: number, other: number): boolean =>
      labels[one]?.join(', ') === labels[other]?.join(', ') && values[one] !== values[other]
    if (!runs.some((_, one) => runs.some((_other, other) => apart(one, other)))) continue
    labels = labels.map((parts, at) => [...parts, ...(values[at] === '' ? [] : [values[at] ?? ''])])
  }
  const own = labels[index]?.join(', ') ?? ''
  const base = own === '' ? run.name : own
  const alike = labels.map((parts) => parts.join(', ') === own)
  const ordinal = alike.slice(0, index + 1).filter(Boolean).length
  return alike.filter(Boolean).length === 1 ? base : `${base} #${ordinal}`
}
