import { MAX_REDIRECTS, readErrorBody, readModels, readRedirect } from '@slicechat/model-server'
import type { ExtraBody } from './extra-body.ts'
import { errorOf, refusalOf } from './openai-errors.ts'
import type { TargetCheck } from './target.ts'
import { TargetProblem } from '../problems/target-problem.ts'

export interface ServerCheckOptions {
  /** With the `/v1` at its end. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** `undefined`: the first that the server lists. */
  readonly model: string | undefined
  readonly body: ExtraBody
}

/** Whose the models are at the `/v1` of a Slicechat API. */
const API_OWNER = 'slicechat'
const LIST_MS = 10_000
/** Long, since a server may load the model for its first answer. */
const ANSWER_MS = 120_000

/** The result of the check, and the server's base URL after redirects within the host. */
export interface FoundServer {
  readonly checked: TargetCheck
  readonly url: string
}

/**
 * Checks that an OpenAI-compatible server is reachable, accepts the key and serves the model. If the server
 * lists no models, or not with this key, and the model is named, asks for an answer of one token instead.
 * @throws TargetProblem
 */
export async function checkServer(given: ServerCheckOptions): Promise<FoundServer> {
  const { model } = given
  const { response, url } = await ask(given, '/models', { signal: AbortSignal.timeout(LIST_MS) })
  const options = { ...given, url }
  const cards = response.ok ? readModels(await response.json().catch(() => undefined)) : undefined
  if (cards === undefined || cards.length === 0) {
    if (model !== undefined) return answered(options, model)
    if (response.status === 401 || response.status === 403) throw keyProblem(url, response.status)
    const message = `${url} lists no models (HTTP ${response.status}); name one with --model`
    throw new TargetProblem('--target', message)
  }
  const card = model === undefined ? cards[0] : cards.find(({ id }) => id === model)
  if (card === undefined) {
    const ids = cards.map(({ id }) => id).join(', ')
    throw new TargetProblem('--model', `${url} does not serve it; it has ${ids}`)
  }
  return { checked: checkedOf(card.id, card.maxModelLen, card.ownedBy === API_OWNER), url }
}

async function answered(options: ServerCheckOptions, model: string): Promise<FoundServer> {
  const { body } = options
  const messages = [{ role: 'user', content: 'Hi' }]
  const { response, url } = await ask(options, '/chat/completions', {
    method: 'POST',
    body: JSON.stringify({ ...body, model, messages, max_tokens: 1 }),
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  const text = await response.text().catch(() => '')
  if (response.ok) return { checked: checkedOf(model, null), url }
  const { status } = response
  if (status === 401 || status === 403) throw keyProblem(url, status)
  const message = `${url} lists no models, and gives no answer of ${model} (HTTP ${status}: ${refusalOf(readErrorBody(text, status), text).message})`
  throw new TargetProblem('--target', message)
}

/**
 * Sends a request and follows redirects within the host. The load then goes straight to where they lead, or
 * each request would pay for two.
 * @returns the response, and the base URL that gave it
 */
async function ask(
  { url: base, headers }: ServerCheckOptions,
  path: string,
  init: RequestInit,
): Promise<{ response: Response; url: string }> {
  let at = new URL(base + path)
  for (let hops = 0; ; hops++) {
    const response = await fetch(at, { ...init, headers, redirect: 'manual' }).catch((error: unknown) => {
      throw new TargetProblem('--target', `${base} cannot be reached (${errorOf(error).message})`, error)
    })
    const location = response.headers.get('location')
    const redirect = readRedirect(at, init.method ?? 'GET', response.status, location)
    if (redirect === null) return { response, url: at.href.slice(0, -path.length) }
    await response.body?.cancel()
    const { to, shownUrl, isSameHost } = redirect
    if (!isSameHost || hops === MAX_REDIRECTS || to.search !== '' || !to.pathname.endsWith(path))
      throw new TargetProblem('--target', `${base} redirects to ${shownUrl}; name where that leads`)
    at = to
  }
}

const keyProblem = (url: string, status: number) =>
  new TargetProblem('--api-key', `${url} does not accept it (HTTP ${status})`)

const checkedOf = (model: string, maxModelLen: number | null, throughApi = false): TargetCheck => ({
  model,
  simulated: model.startsWith('sim/'),
  maxModelLen: maxModelLen ?? Number.POSITIVE_INFINITY,
  asPage: false,
  throughApi,
})
