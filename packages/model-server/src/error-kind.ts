import { isContextOverflow } from './context-overflow.ts'
import type { ServerError } from './server-error.ts'

/** What an error of a model server means for the client. */
export type ErrorKind =
  | 'context-overflow'
  | 'model-not-found'
  | 'rate-limited'
  | 'busy'
  /** A proxy does not reach the server. */
  | 'unreachable'
  | 'failed'
  | 'unauthorized'
  | 'not-found'
  /** More bytes than a proxy takes. */
  | 'too-large'
  | 'refused'

const MODEL_NOT_FOUND_CODES: ReadonlySet<string> = new Set(['model_not_found', 'model_not_found_error'])
// Ollama: `model "x" not found, try pulling it first`; SGLang: "Model 'x' not found. Available models: …".
const MODEL_NOT_FOUND_MESSAGE = /\bmodel\b.{0,200}\b(?:not found|does not exist|not exist)\b/is

function isModelMissing({ status, codes, fields, message, isPage }: ServerError): boolean {
  if (isPage || (status !== 404 && status !== 400)) return false
  if (codes.some((code) => MODEL_NOT_FOUND_CODES.has(code.toLowerCase()))) return true
  return status === 404 && (fields.includes('model') || MODEL_NOT_FOUND_MESSAGE.test(message))
}

/** The kind of an error, the same for an HTTP response and for an error event in a stream. */
export function errorKind(error: ServerError): ErrorKind {
  const { status, isPage } = error
  if (status === 429) return 'rate-limited'
  if (status === 503) return 'busy'
  if (status === 401 || status === 403) return 'unauthorized'
  // TensorRT-LLM and older llama.cpp report it as an internal error (500).
  if (isContextOverflow(error)) return 'context-overflow'
  if (status === 502 || status === 504) return 'unreachable'
  if (status >= 500) return 'failed'
  if (isModelMissing(error)) return 'model-not-found'
  if (status === 404) return 'not-found'
  if (status === 413) return isPage || error.message === '' ? 'too-large' : 'context-overflow'
  return 'refused'
}
