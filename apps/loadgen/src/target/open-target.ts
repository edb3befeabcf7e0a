import { ApiTarget } from './api-target.ts'
import type { ExtraBody } from './extra-body.ts'
import type { ExtraHeaders } from './extra-headers.ts'
import { OpenaiTarget } from './openai-target.ts'
import { shownAddress } from '@slicechat/witness'
import type { TargetCheck, Target } from './target.ts'
import { TargetProblem } from '../problems/target-problem.ts'
import { trust } from './trust.ts'

/** The target as the command line describes it; plain data, so that it can be sent to worker threads. */
export interface TargetOptions {
  /** `http://host:4000` (a Slicechat API, or a web server before it), or `openai:http://host:8000/v1`. */
  readonly url: string
  readonly apiKey?: string | undefined
  /** `undefined`: the first model that the server lists. */
  readonly model?: string | undefined
  /** How an API streams its answers. Default `websocket`. */
  readonly transport?: 'websocket' | 'sse' | undefined
  /** One connection for each user, or one for all users of a worker. Default `per-user`. */
  readonly sockets?: 'per-user' | 'shared' | undefined
  /** WebSocket handshakes carry the `Origin` of the server's own page; `check` finds out whether they have to. */
  readonly asPage?: boolean | undefined
  /** Sent with every request and handshake. */
  readonly headers?: ExtraHeaders | undefined
  /** Keys sent with every completion; only for an OpenAI server. */
  readonly body?: ExtraBody | undefined
  /** Certificates of authorities to trust, each as PEM. */
  readonly ca?: readonly string[] | undefined
}

/** A target that passed its check: the options with which a run opens it, with what the check found. */
export type CheckedTarget = TargetOptions & TargetCheck

const DIRECT = 'openai:'

/** What kind of target a `TargetOptions.url` names, and the URL without the prefix that says so. */
export const targetAddress = (url: string): { readonly kind: Target['kind']; readonly url: string } =>
  url.startsWith(DIRECT) ? { kind: 'openai', url: url.slice(DIRECT.length) } : { kind: 'api', url }

/**
 * Checks a target before load is sent to it, on connections of its own.
 * @throws TargetProblem with the flag to correct
 */
export async function checkTarget(options: TargetOptions): Promise<CheckedTarget> {
  const target = openTarget(options)
  try {
    return { ...options, ...(await target.check()) }
  } finally {
    await target.close()
  }
}

/** @throws TargetProblem if the URL is invalid, or an option does not fit it */
export function openTarget(options: TargetOptions): Target {
  const { kind, url: text } = targetAddress(options.url)
  const direct = kind === 'openai'
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new TargetProblem('--target', `"${shownAddress(text)}" is no http or https URL`)
  if (url.username !== '' || url.password !== '')
    throw new TargetProblem('--target', 'a URL with a user or password is not taken; give --api-key')
  if (url.search !== '' || url.hash !== '')
    throw new TargetProblem(
      '--target',
      `"${shownAddress(text)}": a URL with a query or a fragment is not taken`,
    )
  if (options.apiKey !== undefined && !/^[\x21-\x7e]+$/.test(options.apiKey))
    throw new TargetProblem('--api-key', 'must be printable ASCII without spaces')
  if (options.apiKey !== undefined && options.headers?.['authorization'] !== undefined)
    throw new TargetProblem('--header authorization', 'is set by --api-key; give one of them')
  if (!direct && Object.keys(options.body ?? {}).length > 0)
    throw new TargetProblem(
      '--body',
      'is for an openai: target; behind a Slicechat API it is the API that asks the model server',
    )
  trust(options.ca ?? [])
  const { headers = {}, body = {}, sockets = 'per-user' } = options
  const settings = { ...options, url, headers, body, sockets }
  if (!direct) return new ApiTarget(settings)
  if (options.transport !== undefined)
    throw new TargetProblem('--transport', 'is for a Slicechat API; an openai: target has one of its own')
  return new OpenaiTarget(settings)
}
