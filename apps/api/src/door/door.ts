import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Scope } from '@slicechat/contract'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Access, allows, type Principal } from '../access/access.ts'
import type { Connections } from '../access/connections.ts'
import { CodedError, OPERATOR_ERRORS, unauthenticated, unexpected } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { DoorAnswers } from './answers.ts'
import { readJsonBody } from './body.ts'
import { retryHeaders, sendError, statusOf, toOpenaiError } from './error-form.ts'
import { toModelList, toOpenaiModel } from './models.ts'
import { readRequest } from './request.ts'

/** What the door is made of. */
export interface DoorParts {
  access: Access
  connections: Connections
  answers: DoorAnswers
  upstream: Upstream
  log: Logger
}

/** Paths of the API, and those of the model server that they lead to. */
const ANSWER_PATHS = ['/chat/completions', '/completions']

/**
 * Serves OpenAI's protocol under `/v1`, for programs that speak it.
 * @param enter lets a call in, in its turn
 */
export function mountDoor(app: FastifyInstance, parts: DoorParts, enter: (work: () => void) => void): void {
  const { upstream, log } = parts

  for (const path of ANSWER_PATHS)
    app.post(`/v1${path}`, (request, reply) => {
      reply.hijack()
      const acceptedAt = performance.now()
      enter(() => {
        // A caller that has disconnected meanwhile will send no body.
        if (request.raw.destroyed) return
        answer(parts, { path, acceptedAt, requestId: request.id }, request.raw, reply.raw).catch(
          (error: unknown) => sendError(reply.raw, toCoded(error, log)),
        )
      })
    })

  const get = (path: string, work: (name: string) => Promise<unknown>): void => {
    app.get<{ Params: { '*'?: string } }>(path, async (request, reply) => {
      try {
        await authenticated(parts.access, request.headers, 'read')
        return await work(request.params['*'] ?? '')
      } catch (error) {
        return refuse(reply, toCoded(error, log))
      }
    })
  }
  get('/v1/models', async () => toModelList(await upstream.models()))
  get('/v1/models/*', async (id) => {
    const model = (await upstream.models()).find((each) => each.id === id)
    if (model === undefined) throw new CodedError('MODEL_NOT_FOUND', 'The model server lists no such model.')
    return toOpenaiModel(model)
  })

  app.all('/v1/*', (request, reply) => {
    const path = (request.url.split('?', 1)[0] ?? '').slice('/v1'.length)
    const allow = ANSWER_PATHS.includes(path)
      ? 'POST'
      : /^\/models(\/|$)/.test(path)
        ? 'GET, HEAD'
        : undefined
    if (allow !== undefined)
      return refuse(
        reply.header('allow', allow),
        new CodedError('BAD_INPUT', `Use ${allow} here.`, { status: 405 }),
      )
    return refuse(reply, new CodedError('NOT_FOUND', 'This API has no such endpoint.'))
  })
}

const GONE_CODES: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'FORBIDDEN'])

interface Arrival {
  path: string
  acceptedAt: number
  requestId: string
}

async function answer(
  { access, answers, connections }: DoorParts,
  arrival: Arrival,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const recheck = (): Promise<Principal> => authenticated(access, incoming.headers, 'chat')
  const principal = await recheck()
  // A call ends with its key.
  const connection = {
    principal,
    recheck: () => recheck().catch(gone),
    end: () => void response.destroy(),
  }
  response.once('close', connections.open(connection))
  const request = readRequest(await readJsonBody(incoming))
  await answers.run({ principal, request, ...arrival }, response)
}

/**
 * The caller, by the bearer key alone: a page's cookie opens nothing here, so that no other page can use it.
 * @throws {CodedError} UNAUTHENTICATED, FORBIDDEN
 */
async function authenticated(access: Access, headers: IncomingHttpHeaders, scope: Scope): Promise<Principal> {
  const principal = await access.authenticate({ ...headers, cookie: undefined })
  if (principal === undefined) throw unauthenticated()
  if (!allows(principal.scopes, scope))
    throw new CodedError('FORBIDDEN', `This needs the scope \`${scope}\`.`)
  return principal
}

/** A caller who may call no longer is nobody; any other failure says nothing about it. */
function gone(error: unknown): undefined {
  if (error instanceof CodedError && GONE_CODES.has(error.code)) return undefined
  throw error
}

function toCoded(error: unknown, log: Logger): CodedError {
  const coded = error instanceof CodedError ? error : unexpected(error)
  if (OPERATOR_ERRORS.has(coded.code)) log.error({ err: error }, 'internal error')
  return coded
}

const refuse = (reply: FastifyReply, coded: CodedError): FastifyReply =>
  reply.status(statusOf(coded)).headers(retryHeaders(coded)).send(toOpenaiError(coded))
