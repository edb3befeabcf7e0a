/** The id that connects responses with their call on a socket that many calls share. */
export interface CallId {
  id: number | string
  jsonrpc: '2.0' | undefined
}

/** A symbol, because no client can send one and validation ignores it. */
const mark: unique symbol = Symbol('call id')

/** The id of the call with this raw input; `undefined` for calls that did not come over a socket. */
export function callIdOf(rawInput: unknown): CallId | undefined {
  return isObject(rawInput) ? (rawInput as { [mark]?: CallId })[mark] : undefined
}

/** tRPC's own encoding, which also attaches each call's id to its input, where the procedure can find it. */
export const callEncoder = {
  encode: (message: unknown): string => JSON.stringify(message),
  decode: (data: unknown): unknown => {
    if (typeof data !== 'string') throw new Error('Messages are text.')
    const message: unknown = JSON.parse(data)
    for (const call of Array.isArray(message) ? (message as unknown[]) : [message]) leaveId(call)
    return message
  },
}

function leaveId(call: unknown): void {
  if (!isObject(call)) return
  const { id, jsonrpc, params } = call
  if (!isObject(params) || !isObject(params['input']) || (typeof id !== 'number' && typeof id !== 'string'))
    return
  const callId: CallId = { id, jsonrpc: jsonrpc === '2.0' ? jsonrpc : undefined }
  Object.assign(params['input'], { [mark]: callId })
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
