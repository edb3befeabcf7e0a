import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type AnyTRPCProcedure,
  callTRPCProcedure,
  getTRPCErrorFromUnknown,
  getTRPCErrorShape,
  TRPCError,
} from '@trpc/server'
import { MAX_BODY_BYTES, readBody } from '../request-body.ts'
import { appRouter } from '../router.ts'
import type { Context } from '../trpc.ts'

/** By their whole paths, which the type does not show. */
const procedures = appRouter._def.procedures as unknown as Record<string, AnyTRPCProcedure | undefined>

/** What a call needs beside its request and response. */
export interface MutationOptions {
  /** Path of the procedure, such as `generations.start`. */
  path: string
  createContext: () => Promise<Context>
  onError: (failure: { error: TRPCError; path: string | undefined }) => void
}

/**
 * Whether a call is one mutation as JSON, such as every start. tRPC's own handler makes a `Request`, three streams of the web
 * and five abort signals for it, which takes more CPU than the start itself (docs/adr/0036).
 * @param path path of the procedure
 */
export function isPlainMutation({ method, url, headers }: IncomingMessage, path: string): boolean {
  return (
    method === 'POST' &&
    url?.includes('?') === false &&
    /^application\/json *(;|$)/i.test(headers['content-type'] ?? '') &&
    headers['trpc-accept'] === undefined &&
    !/jsonl/i.test(headers.accept ?? '') &&
    Object.hasOwn(procedures, path) &&
    procedures[path]?._def.type === 'mutation'
  )
}

/** Answers one mutation exactly as tRPC's own handler does. It never rejects. */
export async function handleMutation(
  req: IncomingMessage,
  res: ServerResponse,
  { path, createContext, onError }: MutationOptions,
): Promise<void> {
  let input: Promise<unknown> | undefined
  let read: unknown
  let ctx: Context | undefined
  let status = 200
  let body: string
  try {
    ctx = await createContext()
    const data: unknown = await callTRPCProcedure({
      router: appRouter,
      path,
      type: 'mutation',
      ctx,
      // The body of a caller who may not call is not read.
      getRawInput: async () => (read = await (input ??= readInput(req))),
      signal: undefined,
      batchIndex: 0,
    })
    body = JSON.stringify({ result: { data } })
  } catch (cause) {
    const error = getTRPCErrorFromUnknown(cause)
    onError({ error, path })
    const shape = getTRPCErrorShape({
      config: appRouter._def._config,
      error,
      type: 'mutation',
      path,
      input: read,
      ctx,
    })
    status = shape.data.httpStatus
    body = JSON.stringify({ error: shape })
  }
  if (res.destroyed) return
  res.statusCode = status
  res.setHeader('vary', 'trpc-accept, accept')
  res.setHeader('content-type', 'application/json')
  res.end(body)
}

/** The body as JSON; `undefined` if it is empty. @throws {CodedError} of a caller who goes away @throws {TRPCError} */
async function readInput(req: IncomingMessage): Promise<unknown> {
  const body = await readBody(req, MAX_BODY_BYTES, () => new TRPCError({ code: 'PAYLOAD_TOO_LARGE' }))
  try {
    return body.length === 0 ? undefined : JSON.parse(body.toString())
  } catch (cause) {
    throw new TRPCError({ code: 'BAD_REQUEST', message: (cause as Error).message, cause })
  }
}
