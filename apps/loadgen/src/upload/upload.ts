import { createChatClient, toChatError } from '@slicechat/client'
import type { Run } from '@slicechat/report'
import type { TargetOptions } from '../target/open-target.ts'
import { uploadRun } from './upload-run.ts'

/** Hands a run to the API that it was sent to. @returns what is to be said of it, and whether it worked */
export async function upload(
  run: Run,
  { url, apiKey }: TargetOptions,
): Promise<{ ok: boolean; text: string }> {
  const client = createChatClient({ url, ...(apiKey === undefined ? {} : { apiKey }) })
  try {
    const { path } = await uploadRun(run, client)
    return { ok: true, text: `Uploaded: the web app shows it at ${path}` }
  } catch (error) {
    const { code, message } = toChatError(error)
    return { ok: false, text: `Not uploaded (${code}: ${message}); the files are complete.` }
  } finally {
    client.close()
  }
}
