import { counted } from '../../format/quantity.ts'
import type { ApiCounts, ClientCounts, EngineCounts } from './counts.ts'
import type { Party } from './difference.ts'
import { abortedAfterFirstToken } from './engine-tokens.ts'

/** Two numbers of one witness that cannot both be right. */
export interface Contradiction {
  readonly party: Party
  readonly what: string
}

type Claim = readonly [holds: boolean, otherwise: string]

const broken = (party: Party, claims: readonly Claim[]): Contradiction[] =>
  claims.filter(([holds]) => !holds).map(([, what]) => ({ party, what }))

/** Contradictions within the client's own numbers. */
export function clientContradictions(client: ClientCounts): Contradiction[] {
  const { started, succeeded, failed, abandoned, unfinished, intended, dropped } = client
  const ended = succeeded + failed + abandoned + unfinished
  const errors = client.errors.reduce((sum, { count }) => sum + count, 0)
  return broken('client', [
    [started === ended, `${counted(started, 'request')} started and ${ended} ended or were cut short`],
    [
      intended === started + dropped,
      `${counted(intended, 'request')} ${intended === 1 ? 'was' : 'were'} intended, ${started + dropped} started or dropped`,
    ],
    [errors === failed, `${counted(failed, 'request')} failed with ${counted(errors, 'error')}`],
    [
      client.startDelays === started,
      `${counted(started, 'request')} started and ${counted(client.startDelays, 'start')} ${client.startDelays === 1 ? 'was' : 'were'} timed`,
    ],
    [
      client.succeededPromptTokens <= client.promptTokens &&
        client.succeededCompletionTokens <= client.completionTokens,
      'answers that succeeded have more tokens than all answers',
    ],
    [
      succeeded < started ||
        (client.succeededPromptTokens === client.promptTokens &&
          client.succeededCompletionTokens === client.completionTokens),
      'all answers succeeded, and do not have all tokens',
    ],
  ])
}

/** Contradictions within the API's own numbers: it counts each generation in several places at once. */
export function apiContradictions(api: ApiCounts, client: ClientCounts): Contradiction[] {
  const { success, error, cancelled, finished, firstTokens, admitted, inFlight } = api
  const ran = success + error + cancelled
  return broken('api', [
    [
      admitted === null || admitted <= ran,
      `${counted(admitted ?? 0, 'generation')} ${admitted === 1 ? 'was' : 'were'} admitted and ${ran} ended`,
    ],
    [
      firstTokens === null || firstTokens <= ran,
      `${counted(firstTokens ?? 0, 'answer')} began and ${ran} ended`,
    ],
    [
      // A size is missing if the server reported no usage; the client then has none either.
      finished === null ||
        finished.requests === 0 ||
        (finished.requests <= success && api.untold <= client.untold + inFlight.start),
      `${counted(success, 'generation')} succeeded and ${finished?.requests ?? 0} sizes of answers were counted`,
    ],
    [
      finished === null || (finished.prompt <= api.prompt && finished.completion <= api.completion),
      'answers that succeeded have more tokens than all answers',
    ],
    [
      finished === null ||
        error + cancelled > 0 ||
        (finished.prompt === api.prompt && finished.completion === api.completion),
      'all answers succeeded, and do not have all tokens',
    ],
  ])
}

/** Contradictions within vLLM's own numbers. */
export function engineContradictions(vllm: EngineCounts): Contradiction[] {
  const { success, error, abort, finished, firstTokens, laterOutputs, inFlight } = vllm
  const ended = success + error + abort
  // An output that only says that a request failed has no token.
  const outputs =
    firstTokens === null || laterOutputs === null ? 0 : firstTokens + laterOutputs - error - abort
  const withoutTokens = broken('vllm', [
    [
      vllm.completion >= outputs,
      `${counted(outputs, 'output')} ${outputs === 1 ? 'was' : 'were'} timed, each of one token or more, and ${counted(vllm.completion, 'token')} counted`,
    ],
  ])
  if (finished === null) return withoutTokens
  const aborted = abortedAfterFirstToken(vllm)
  // A request that is under way at the end has made tokens and not finished, like an aborted one.
  const quiet = inFlight.start === 0
  const partialPrompts = vllm.prompt - finished.prompt
  const partialTokens = vllm.completion - finished.completion
  return withoutTokens.concat(
    broken('vllm', [
      [
        finished.requests === ended,
        `${counted(ended, 'request')} ended and ${finished.requests} sizes of requests were counted`,
      ],
      [
        !quiet || aborted === null || aborted >= 0,
        `${counted(firstTokens ?? 0, 'request')} had a first token and ${finished.requests} finished`,
      ],
      [
        !quiet || (partialPrompts >= 0 && partialTokens >= 0),
        'requests that finished have more tokens than all requests',
      ],
      [
        !quiet || aborted !== 0 || (partialPrompts === 0 && partialTokens === 0),
        'no request was aborted after its first token, and those that finished do not have all tokens',
      ],
      [
        !quiet || aborted === null || partialTokens >= aborted,
        `${counted(aborted ?? 0, 'request')} ${aborted === 1 ? 'was' : 'were'} aborted after the first token, with ${counted(partialTokens, 'token')}`,
      ],
    ]),
  )
}

/**
 * Contradictions between vLLM's first tokens and the number of requests that the client and the API can have sent.
 */
export function firstTokenContradictions(
  client: ClientCounts,
  api: ApiCounts | null,
  vllm: EngineCounts,
): readonly (readonly [a: Party, b: Party, what: string])[] {
  const { firstTokens, inFlight } = vllm
  if (firstTokens === null || inFlight.start > 0) return []
  // Somebody else's requests may be under way at the end that were not at the API yet when its page was read.
  const begun = firstTokens - inFlight.end
  const sent = api === null ? null : api.success + api.error + api.cancelled + api.inFlight.end
  return [
    ...(begun > client.started + (api?.inFlight.start ?? 0)
      ? [
          [
            'vllm',
            'client',
            `vLLM began ${counted(firstTokens, 'answer')}, and the client ${counted(client.started, 'request')}`,
          ] as const,
        ]
      : []),
    ...(sent !== null && begun > sent
      ? [
          [
            'vllm',
            'api',
            `vLLM began ${counted(firstTokens, 'answer')}, and the API ran ${counted(sent, 'generation')}`,
          ] as const,
        ]
      : []),
  ]
}
