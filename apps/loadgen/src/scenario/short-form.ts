import type { Override } from './override.ts'
import type { Finding } from '../problems/scenario-problem.ts'
import type { Executor } from './scenario.ts'

/** Values of flags such as `--users 5`, which is short for `--set executor.users=5`; as text. */
export type ShortForms = Partial<Readonly<Record<'users' | 'rate' | 'duration', string>>>

type Type = Executor['type']
/** `true`: the executor has a key of that name. Else a hint what to use instead. */
type Ways = Readonly<Record<Type, true | string>>

const STAGES = (part: string) => `it has stages, each with a ${part} of its own`
const ASIDE =
  'it begins conversations whoever is there: use --rate, or --set executor.maxUsers=N for the most at once'

const WAYS: Readonly<Record<keyof ShortForms, Ways>> = {
  users: {
    'constant-vus': true,
    'ramping-vus': `${STAGES('number of users')}: use --set executor.stages.0.users=N`,
    'constant-arrival-rate': ASIDE,
    'ramping-arrival-rate':
      'it begins conversations whoever is there: use --set executor.stages.0.rate=N, or --set executor.maxUsers=N for the most at once',
    trace:
      'the trace says when conversations begin: use --set executor.speed=N, or executor.maxUsers=N for the most at once',
  },
  rate: {
    'constant-vus': 'its users begin conversations when they are free: use --users',
    'ramping-vus': 'its users begin conversations when they are free: use --set executor.stages.0.users=N',
    'constant-arrival-rate': true,
    'ramping-arrival-rate': `${STAGES('rate')}: use --set executor.stages.0.rate=N`,
    trace: true,
  },
  duration: {
    'constant-vus': true,
    'ramping-vus': `${STAGES('duration')}: use --set executor.stages.0.duration=TIME`,
    'constant-arrival-rate': true,
    'ramping-arrival-rate': `${STAGES('duration')}: use --set executor.stages.0.duration=TIME`,
    trace:
      'a trace takes as long as it was recorded: use --set executor.speed=N, or executor.limit=N for its beginning',
  },
}

/** Applies short forms to a scenario as written, after its `--set`s, which can replace the executor. */
export function applyShortForms(
  written: Record<string, unknown>,
  forms: ShortForms,
  sets: readonly Override[],
  findings: Finding[],
): Override[] {
  const executor = written['executor'] as Record<string, unknown> | null | undefined
  // The schema reports what is wrong with it.
  if (typeof executor !== 'object' || executor === null) return []
  return Object.entries(forms).flatMap(([name, value]) => {
    const source = `--${name} ${value}`
    const path = ['executor', name]
    const way = (WAYS[name as keyof ShortForms] as Partial<Ways>)[executor['type'] as Type]
    const twice = sets.find((set) => set.path.join('.') === path.join('.'))
    let message: string | undefined
    if (twice !== undefined) message = `is given twice: by --${name} and by --set ${twice.text}`
    else if (typeof way === 'string') message = `${String(executor['type'])} has none: ${way}`
    if (message !== undefined) {
      findings.push({ path: path.join('.'), message, source, line: undefined })
      return []
    }
    executor[name] = name === 'duration' ? value : Number(value)
    return [{ source, text: value, path }]
  })
}
