import { readErrorBody } from '@slicechat/model-server'
import { CompletionError } from './completion-error.ts'
import { fromServerError } from './error-map.ts'
import type { HttpResponse } from './http-client.ts'

/** Whether a response is an answer rather than a refusal. */
export const isSuccess = ({ status }: HttpResponse): boolean => status >= 200 && status < 300

/** The error in a response whose status is no success. */
export async function refusal(response: HttpResponse): Promise<CompletionError> {
  const said = readErrorBody(await response.text().catch(() => ''), response.status)
  return new CompletionError(fromServerError(said, response.header('retry-after')), false, said)
}
