/** The content of vLLM's `{"error": …}`, with the keys in its order. */
export interface ErrorBody {
  readonly message: string
  readonly type: string
  readonly param: string | null
  readonly code: number
}

/** A refusal that the client gets as an HTTP response. It is never a bug of the simulator. */
export class HttpError extends Error {
  declare private readonly brand: never
  readonly body: ErrorBody

  constructor(body: ErrorBody) {
    super(body.message)
    this.body = body
  }
}

/** A `BadRequestError`: the request asks for something impossible. */
export function badRequest(message: string, param: string | null = null): HttpError {
  return new HttpError({ message, type: 'BadRequestError', param, code: 400 })
}

/** A `BadRequestError` for a parameter out of its range, with the value in the message. */
export function badValue(message: string, param: string, value: string): HttpError {
  return badRequest(`${message} (parameter=${param}, value=${value})`, param)
}

/** A `NotFoundError`: the model is not served here. */
export function unknownModel(model: string, served: string): HttpError {
  const message = `The model \`${model}\` does not exist. Valid aliases: ${served}.`
  return new HttpError({ message, type: 'NotFoundError', param: 'model', code: 404 })
}

/** The failure for a body whose content type is not JSON. */
export function unsupportedMediaType(): HttpError {
  const message = "1 validation error:\n  Unsupported Media Type: Only 'application/json' is allowed"
  return new HttpError({ message, type: 'Bad Request', param: null, code: 400 })
}

export const ENGINE_BUSY: ErrorBody = {
  message:
    'The engine is currently busy and cannot accept new requests. Please try again later or on a different instance.',
  type: 'Service Unavailable',
  param: null,
  code: 503,
}

/** The error when more prompt tokens wait than `--max-num-queued-tokens` allows. */
export const BACKLOG_FULL: ErrorBody = {
  ...ENGINE_BUSY,
  message:
    'The engine has reached its prefill token backlog limit. Please try again later or on a different instance.',
}

export const ENGINE_DEAD: ErrorBody = {
  message: 'EngineCore encountered an issue. See stack trace (above) for the root cause.',
  type: 'InternalServerError',
  param: null,
  code: 500,
}

/** An error as an event of a stream, with the spacing of Python's `json.dumps`. */
export function errorEvent({ message, type, param, code }: ErrorBody): string {
  const field = (name: string, value: unknown) => `"${name}": ${JSON.stringify(value)}`
  const fields = [field('message', message), field('type', type), field('param', param), field('code', code)]
  return `data: {"error": {${fields.join(', ')}}}\n\n`
}
