import { readErrorBody } from '@slicechat/model-server'
import { CompletionError } from './completion-error.ts'
import { fromServerError } from './error-map.ts'

/** Whether a response is an answer rather than a refusal. */
export const isSuccess = ({ status }: Response): boolean => status >= 200 && status < 300

/** The error in a response whose status is no success. */
export async function refusal(response: Response): Promise<CompletionError> {
  const said = readErrorBody(await response.text().catch(() => ''), response.status)
  return new CompletionError(fromServerError(said, response.headers), false, said)
}
