import { type ChatClient, type Run, toChatError } from '@slicechat/client'
import { errorText } from '../texts/errors.ts'
import * as texts from '../texts/runs.ts'

export interface UploadPort {
  api: { runs: Pick<ChatClient['api']['runs'], 'upload'> }
}

/** Result of adding a file. */
export interface FileResult {
  file: string
  ok: boolean
  text: string
}

/** Largest file that is read, in bytes. It is more than the API accepts. */
const MAX_BYTES = 24 * 1024 * 1024

/** Uploads a `run.json` to the API. Never rejects: the result says what happened. */
export async function uploadFile(file: File, client: UploadPort): Promise<FileResult> {
  const refused = (text: string): FileResult => ({ file: file.name, ok: false, text })
  if (file.size > MAX_BYTES) return refused(texts.tooLarge)
  let run: unknown
  try {
    run = JSON.parse(await file.text())
  } catch {
    return refused(texts.noJson)
  }
  try {
    const { added } = await client.api.runs.upload.mutate({ run: run as Run })
    return { file: file.name, ok: true, text: added ? texts.added : texts.alreadyHere }
  } catch (error) {
    const { code, message } = toChatError(error)
    return refused(code === 'BAD_INPUT' ? texts.noRun(message) : errorText({ code, message }))
  }
}
