import { count, counted } from '../../format/quantity.ts'
import type { Run } from '../../schema/run.ts'
import { ServerMetrics } from '../../server-metrics/server-metrics.ts'
import { isThroughApi } from '../../schema/through-api.ts'
import { apiAndEngine } from './api-engine.ts'
import { clientAndApi } from './client-api.ts'
import { clientAndEngine } from './client-engine.ts'
import {
  apiContradictions,
  clientContradictions,
  engineContradictions,
  firstTokenContradictions,
} from './contradictions.ts'
import type { Counts } from './counts.ts'
import { countsOf } from './counts.ts'
import type { Allowance, Difference, Party, Quantity } from './difference.ts'
import { abortedAfterFirstToken } from './engine-tokens.ts'
import { suspectsOf } from './suspects.ts'
import { PARTY_NAMES, QUANTITY_TITLES } from './titles.ts'

/** One line of the ledger: the count of each party, and why the counts differ. */
export interface LedgerRow {
  readonly quantity: Quantity
  readonly title: string
  readonly unit: 'requests' | 'tokens'
  /** `null`: this party does not count it, or is absent. */
  readonly counts: Readonly<Record<Party, number | null>>
  /** Between neighbours: API minus client and vLLM minus API; vLLM minus client if there is no API. */
  readonly differences: readonly Difference[]
}

/** Requests and tokens as client, API and vLLM counted them. */
export interface Ledger {
  readonly rows: readonly LedgerRow[]
  /** The parties that counted, the client first. */
  readonly parties: readonly Party[]
  /** Every difference is explained to the last token, and no witness contradicts itself. */
  readonly balanced: boolean
  /**
   * The parties that must be wrong if it does not balance: one if the others agree, several if nothing
   * distinguishes them.
   */
  readonly suspects: readonly Party[]
  /** What does not balance, in sentences, worst first; empty if it balances. */
  readonly findings: readonly string[]
  /** What a reader has to know about the witnesses: absent, restarted, watched too late. */
  readonly notes: readonly string[]
}

/** Makes the ledger. Needs no witness: an absent one is noted, and the others are compared. */
export function ledgerOf(run: Run): Ledger {
  const api = new ServerMetrics(run, 'api')
  const engine = new ServerMetrics(run, 'vllm')
  // The servers also count what the other shards sent.
  const counts =
    run.shard === undefined
      ? countsOf(run, api, engine)
      : { ...countsOf(run, api, engine), api: null, vllm: null }
  const doubts: Record<'api' | 'vllm', readonly string[]> = {
    api: api.doubts(run),
    vllm: engine.doubts(run),
  }
  const { shown, hidden } = differencesOf(counts, doubts)
  const contradictions = [
    ...clientContradictions(counts.client),
    ...(counts.api && doubts.api.length === 0 ? apiContradictions(counts.api, counts.client) : []),
    ...(counts.vllm && doubts.vllm.length === 0 ? engineContradictions(counts.vllm) : []),
  ]
  const beginnings =
    counts.vllm && doubts.vllm.length + doubts.api.length === 0
      ? firstTokenContradictions(counts.client, counts.api, counts.vllm)
      : []
  const unexplained = [...shown, ...hidden].filter((one) => one.unexplained !== 0)
  const parties: Party[] = [
    'client',
    ...(counts.api ? (['api'] as const) : []),
    ...(counts.vllm ? (['vllm'] as const) : []),
  ]
  const balanced = unexplained.length + contradictions.length + beginnings.length === 0
  const suspects = suspectsOf(parties, [...shown, ...hidden], contradictions, beginnings)
  return {
    rows: rowsOf(counts, shown),
    parties,
    balanced,
    suspects,
    findings: balanced
      ? []
      : [
          verdictOf(parties, suspects),
          ...contradictions.map(({ party, what }) => `${PARTY_NAMES[party]} contradicts itself: ${what}.`),
          ...unexplained.map(findingOf),
          ...beginnings.map(([, , what]) => `${what}.`),
        ],
    notes: [
      ...(run.shard === undefined
        ? notesOf(run, counts)
        : ['One of several shards, of which the servers counted all: merge compares.']),
      ...[api, engine].flatMap(othersNote),
      ...[...doubts.api, ...doubts.vllm].map((doubt) => `${doubt}.`),
    ],
  }
}

function differencesOf(
  { client, api, vllm }: Counts,
  doubts: Readonly<Record<'api' | 'vllm', readonly string[]>>,
): { shown: Difference[]; hidden: Difference[] } {
  const fewer = (of: 'api' | 'vllm'): Allowance[] =>
    doubts[of].map((why) => ({ why, least: -Number.MAX_SAFE_INTEGER, most: 0 }))
  const more = (against: 'api'): Allowance[] =>
    doubts[against].map((why) => ({ why, least: 0, most: Number.MAX_SAFE_INTEGER }))
  const direct = vllm ? clientAndEngine(client, api, vllm, fewer('vllm')) : []
  if (!api) return { shown: direct, hidden: [] }
  const clientSide = clientAndApi(client, api, fewer('api'))
  if (!vllm) return { shown: clientSide, hidden: [] }
  const engineSide = apiAndEngine(api, vllm, [...fewer('vllm'), ...more('api')])
  return { shown: [...clientSide, ...engineSide], hidden: direct }
}

function rowsOf({ client, api, vllm }: Counts, differences: readonly Difference[]): LedgerRow[] {
  const afterFirst = vllm && abortedAfterFirstToken(vllm)
  const total = api ? api.success + api.error + api.cancelled + api.rejected : null
  const counts: Record<Quantity, readonly [number, number | null, number | null]> = {
    started: [client.started, total, null],
    finished: [client.succeeded, api?.success ?? null, vllm?.success ?? null],
    aborted: [client.abandoned, api?.cancelled ?? null, afterFirst],
    failed: [client.failed - (api ? client.turnedAway : 0), api?.error ?? null, vllm?.error ?? null],
    rejected: [client.turnedAway, api?.rejected ?? null, vllm?.admissionRejections ?? null],
    finishedPromptTokens: [
      client.succeededPromptTokens,
      api?.finished?.prompt ?? null,
      vllm?.finished?.prompt ?? null,
    ],
    promptTokens: [client.promptTokens, api?.prompt ?? null, vllm?.prompt ?? null],
    finishedCompletionTokens: [
      client.succeededCompletionTokens,
      api?.finished?.completion ?? null,
      vllm?.finished?.completion ?? null,
    ],
    completionTokens: [client.completionTokens, api?.completion ?? null, vllm?.completion ?? null],
  }
  return Object.entries(counts).map(([key, [ofClient, ofApi, ofEngine]]) => {
    const quantity = key as Quantity
    return {
      quantity,
      title: QUANTITY_TITLES[quantity],
      unit: quantity.endsWith('Tokens') ? ('tokens' as const) : ('requests' as const),
      counts: { client: ofClient, api: ofApi, vllm: ofEngine },
      differences: differences.filter((one) => one.quantity === quantity),
    }
  })
}

function verdictOf(parties: readonly Party[], suspects: readonly Party[]): string {
  const names = suspects.map((party) => PARTY_NAMES[party])
  const [only] = names
  if (only === undefined) return 'The witnesses disagree, and which one is wrong cannot be told.'
  if (names.length > 1) return `Either ${names.join(' or ')} is wrong; nothing here tells which.`
  const others = parties.filter((party) => !suspects.includes(party)).map((party) => PARTY_NAMES[party])
  return `${only} disagrees with ${others.join(' and ')}.`
}

function findingOf({ quantity, of, against, unexplained }: Difference): string {
  const title = QUANTITY_TITLES[quantity].toLowerCase()
  const relation = unexplained > 0 ? 'more' : 'fewer'
  const foreign =
    unexplained > 0 && of === 'vllm' ? ' (does somebody else send requests to this engine?)' : ''
  return `${title}: ${PARTY_NAMES[of]} counts ${count(Math.abs(unexplained))} ${relation} than ${PARTY_NAMES[against]}, unexplained${foreign}.`
}

function notesOf(run: Run, { client, api, vllm }: Counts): string[] {
  return [
    ...(isThroughApi(run) ? [] : ['The model server was driven directly; there is no API to count.']),
    ...(isThroughApi(run) && !api ? ["The API's metrics are not there to compare with."] : []),
    ...(vllm ? [] : ["vLLM's metrics are not there to compare with."]),
    ...(vllm && !vllm.finished
      ? ['This vLLM tells no sizes of requests: what it aborted is not known.']
      : []),
    ...(client.untold > 0 ? [`Nobody told the client the tokens of ${requests(client.untold)}.`] : []),
    ...(vllm && vllm.admissionRejections > 0
      ? [
          `vLLM turned ${counted(vllm.admissionRejections, 'attempt')} away at its own door; the API tries such again before the first token.`,
        ]
      : []),
  ]
}

const othersNote = ({ kind, otherModels }: ServerMetrics): string[] =>
  otherModels.length === 0
    ? []
    : [
        `${PARTY_NAMES[kind === 'api' ? 'api' : 'vllm']} also answered for ${otherModels.join(', ')}; that is in none of these counts.`,
      ]

const requests = (number: number): string => counted(number, 'request')
