import type { ServerError } from '@slicechat/model-server'
import { CodedError } from '../errors.ts'

/** A failed answer. Only one that had not `begun` may be retried. */
export class CompletionError extends Error {
  declare private readonly brand: never
  readonly coded: CodedError
  readonly begun: boolean
  /** The model server's error, if it sent one. */
  readonly said: ServerError | undefined

  constructor(coded: CodedError, begun: boolean, said?: ServerError) {
    super(coded.message, { cause: coded })
    this.coded = coded
    this.begun = begun
    this.said = said
  }
}

/** The answer or its connection broke. */
export const brokeOff = (message: string, cause?: unknown): CodedError =>
  new CodedError('UPSTREAM_BROKE_OFF', message, { cause })
