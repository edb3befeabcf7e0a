import { count, counted } from '../../format/quantity.ts'

/** What speaks against a run. */
export type Finding =
  | { readonly code: 'client-saturated' | 'ledger-unbalanced' | 'nothing-planned' | 'nothing-to-judge' }
  /** Thresholds, as the scenario writes them. */
  | { readonly code: 'missed' | 'not-measured'; readonly thresholds: readonly string[] }
  | { readonly code: 'cut-short'; readonly why: string }

interface Shard {
  readonly indices: readonly number[]
  readonly count: number
}

/** The result of a run in codes and numbers, from which its sentence is made where it is shown. */
export interface Outcome {
  /** In the order in which the sentence names them. */
  readonly findings: readonly Finding[]
  /** Requests. */
  readonly started: number
  readonly succeeded: number
  /** Number of thresholds. */
  readonly thresholds: number
  /** Whether nobody but the client counted. */
  readonly alone: boolean
  /** `null` for a whole run. */
  readonly shard: Shard | null
}

function findingText(finding: Finding): string {
  switch (finding.code) {
    case 'client-saturated':
      return 'the load tester was saturated: these are its own figures'
    case 'ledger-unbalanced':
      return 'the ledger does not balance'
    case 'missed':
      return `missed: ${finding.thresholds.join(', ')}`
    case 'nothing-planned':
      return 'no request was sent: the schedule had none'
    case 'nothing-to-judge':
      return 'no request in the steady part to judge'
    case 'not-measured':
      return `nothing was measured for ${finding.thresholds.join(', ')}`
    case 'cut-short':
      return `cut short: ${finding.why.replace(/\.$/, '')}`
  }
}

/** The outcome in one sentence. */
export function outcomeText({ findings, started, succeeded, thresholds, alone, shard }: Outcome): string {
  const parts = findings.map(findingText)
  const ended = `${count(succeeded)} of ${counted(started, 'request')} succeeded`
  if (shard !== null) {
    const later = 'thresholds and ledger are judged when merge has put all shards together'
    return `${shardText(shard)}: ${[...parts, ended, later].join('; ')}.`
  }
  if (parts.length > 0) return `${capital(parts.join('; '))}.`
  if (thresholds > 0)
    return `${thresholds === 1 ? 'The threshold is' : `All ${thresholds} thresholds`} met${alone ? '; only the client counted' : ', and every count explained'}.`
  return `${ended}${alone ? '; only the client counted' : ', and every count is explained'}.`
}

/** `Shard 0/4`, as `--shard` counts them. */
export const shardText = ({ indices, count: all }: Shard): string =>
  `${indices.length === 1 ? 'Shard' : 'Shards'} ${indices.map((index) => `${index}/${all}`).join(', ')}`

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
