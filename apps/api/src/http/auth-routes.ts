import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ClientAddresses } from '../access/client-address.ts'
import type { Connections } from '../access/connections.ts'
import type { OriginPolicy } from '../access/origin-policy.ts'
import { ADDRESS_HEADER, PROVIDER_ID, sessionCookieName } from '../accounts/authentication.ts'
import type { Accounts, SignIn } from '../accounts/create-accounts.ts'
import { CodedError } from '../errors.ts'
import { readBody } from '../request-body.ts'

/** Largest body of a sign-in. */
const MAX_AUTH_BODY_BYTES = 16 * 1024
/** Headers of a request that better-auth sees. It gets no forwarded host: the base URL is fixed. */
const PASSED_HEADERS = [
  'cookie',
  'origin',
  'user-agent',
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
]

/** How a cookie is removed. */
const IS_REMOVAL = /; *max-age=0\b/i

/** A page of ours: a path, or an address under `PUBLIC_URL`; nothing that a browser would take for another host. */
const ownPage = (publicUrl: string) =>
  z
    .string()
    .max(2_000)
    .refine(
      (url) => /^\/(?![/\\])[^\\\s]*$/.test(url) || url === publicUrl || url.startsWith(`${publicUrl}/`),
      {
        message: 'must be a page of this site',
      },
    )
    .optional()

/** What better-auth's endpoints are sent: these fields only. */
const bodies = (publicUrl: string) => {
  const page = ownPage(publicUrl)
  return {
    '/sign-in/email': z.object({
      email: z.string().max(320),
      password: z.string().max(1_000),
      rememberMe: z.boolean().optional(),
    }),
    '/sign-in/social': z.object({
      provider: z.literal(PROVIDER_ID),
      callbackURL: page,
      errorCallbackURL: page,
      disableRedirect: z.boolean().optional(),
    }),
    '/sign-out': z.object({ callbackURL: page, disableRedirect: z.boolean().optional() }).optional(),
  }
}

/** What the routes are made of. */
export interface AuthRoutesParts {
  accounts: Accounts
  connections: Connections
  originPolicy: OriginPolicy
  addresses: ClientAddresses
}

/**
 * Serves those of better-auth's endpoints that are used, at `/api/auth`; all others do not exist. What protects them is ours:
 * who may call, which fields pass, how often a password may be tried, and what is written down.
 */
export function addAuthRoutes(app: FastifyInstance, parts: AuthRoutesParts): void {
  const { signIn } = parts.accounts
  if (signIn === undefined) return
  const schemas = bodies(signIn.publicUrl)
  const route = new AuthRoute(parts, signIn)
  // A page asks for it when it opens: that is what prolongs a session. Who it is, `account.me` says.
  app.get('/api/auth/get-session', (request, reply) => route.pass(request, reply))
  app.get(`/api/auth/callback/${PROVIDER_ID}`, (request, reply) => route.signIn(request, reply))
  for (const [path, schema] of Object.entries(schemas))
    app.post(`/api/auth${path}`, async (request, reply) => {
      route.assertOwnPage(request.raw)
      const body = await readInput(request.raw, schema)
      if (path === '/sign-in/email') await route.signInByPassword(request, reply, body as { email: string })
      else if (path === '/sign-out') await route.signOut(request, reply, body)
      else await route.pass(request, reply, body)
      return reply
    })
}

class AuthRoute {
  readonly #parts: AuthRoutesParts
  readonly #signIn: SignIn

  constructor(parts: AuthRoutesParts, signIn: SignIn) {
    this.#parts = parts
    this.#signIn = signIn
  }

  /** @throws {CodedError} FORBIDDEN unless one of our pages makes the request, with a cookie or without */
  assertOwnPage({ headers }: IncomingMessage): void {
    if (!this.#parts.originPolicy.isFromOurPage(headers))
      throw new CodedError('FORBIDDEN', 'Only a page of this site may make this call.')
  }

  /** Signs in with a password, as often as it may be tried. */
  async signInByPassword(
    request: FastifyRequest,
    reply: FastifyReply,
    body: { email: string },
  ): Promise<void> {
    const { accounts, addresses } = this.#parts
    const { attempts, audit } = accounts.parts
    const address = addresses.of(request.raw)
    const email = body.email.toLowerCase()
    let giveBack: () => void
    try {
      giveBack = attempts.take(address, email)
    } catch (error) {
      if (attempts.shouldNote(address))
        await audit.write({ address }, { action: 'sign-in-slowed', details: { email: email.slice(0, 100) } })
      throw error
    }
    const { ok, status } = await this.signIn(request, reply, body)
    if (ok) giveBack()
    else if (status === 401 || status === 403)
      await audit.write({ address }, { action: 'sign-in-failed', details: { email: email.slice(0, 100) } })
  }

  /** Makes a session. One that the browser had before ends, whoever gave it that one. */
  async signIn(request: FastifyRequest, reply: FastifyReply, body?: unknown): Promise<Response> {
    const { accounts, connections } = this.#parts
    const before = await this.#signIn.sessions.principal(request.raw.headers)
    const response = await this.#ask(request, body)
    const cookie = `${sessionCookieName(this.#signIn.publicUrl)}=`
    const isMade = response.headers
      .getSetCookie()
      .some((one) => one.startsWith(cookie) && !IS_REMOVAL.test(one))
    if (isMade && before?.sessionId !== undefined) {
      await accounts.parts.sessions.remove(before.owner, before.sessionId)
      connections.end({ sessionId: before.sessionId })
    }
    await send(reply, response)
    return response
  }

  /** Signs out: the session's row goes, and its sockets with it. */
  async signOut(request: FastifyRequest, reply: FastifyReply, body: unknown): Promise<void> {
    const { accounts, connections, addresses } = this.#parts
    const principal = await this.#signIn.sessions.principal(request.raw.headers)
    const response = await this.#ask(request, body ?? {})
    if (principal?.sessionId !== undefined) {
      // better-auth does not say when it could not remove the session.
      await accounts.parts.sessions.remove(principal.owner, principal.sessionId)
      connections.end({ sessionId: principal.sessionId })
      const actor = { principal, address: addresses.of(request.raw) }
      await accounts.parts.audit.write(actor, { action: 'sign-out', subject: principal.owner })
    }
    await send(reply, response)
  }

  /** Passes a request on as it is. */
  async pass(request: FastifyRequest, reply: FastifyReply, body?: unknown): Promise<FastifyReply> {
    return send(reply, await this.#ask(request, body))
  }

  #ask({ raw }: FastifyRequest, body?: unknown): Promise<Response> {
    const headers = new Headers({ [ADDRESS_HEADER]: this.#parts.addresses.of(raw) })
    for (const name of PASSED_HEADERS) {
      const value = raw.headers[name]
      if (typeof value === 'string') headers.set(name, value)
    }
    // A page of ours has been made sure of, also where the browser names it by `Sec-Fetch-Site` only.
    if (body !== undefined && !headers.has('origin'))
      headers.set('origin', new URL(this.#signIn.publicUrl).origin)
    if (body !== undefined) headers.set('content-type', 'application/json')
    return this.#signIn.authentication.handler(
      new Request(`${this.#signIn.publicUrl}${raw.url ?? ''}`, {
        method: raw.method ?? 'GET',
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    )
  }
}

/**
 * Sends what better-auth answers. Of the body of a success only the address passes to which the browser has to go next: the token
 * of the session belongs into the cookie alone, which no script can read.
 */
async function send(reply: FastifyReply, response: Response): Promise<FastifyReply> {
  void reply.status(response.status)
  for (const [name, value] of response.headers)
    if (name !== 'set-cookie' && name !== 'content-length') void reply.header(name, value)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) void reply.header('set-cookie', cookies)
  void reply.header('cache-control', 'no-store')
  const text = await response.text()
  return reply.send(response.ok ? JSON.stringify({ url: urlIn(text) }) : text)
}

function urlIn(text: string): string | undefined {
  const answer = JSON.parse(text === '' ? 'null' : text) as { url?: unknown } | null
  return typeof answer?.url === 'string' ? answer.url : undefined
}

/** @throws {CodedError} BAD_INPUT */
async function readInput(request: IncomingMessage, schema: z.ZodType): Promise<unknown> {
  const body = await readBody(
    request,
    MAX_AUTH_BODY_BYTES,
    () => new CodedError('BAD_INPUT', 'The request is too large.', { field: 'input' }),
  )
  const text = body.toString()
  let json: unknown
  try {
    json = text === '' ? undefined : JSON.parse(text)
  } catch {
    throw new CodedError('BAD_INPUT', 'The request is not valid JSON of the expected form.')
  }
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const field = result.error.issues[0]?.path.map(String).join('.') ?? 'input'
  throw new CodedError('BAD_INPUT', `${field}: ${result.error.issues[0]?.message ?? 'invalid'}`, { field })
}
