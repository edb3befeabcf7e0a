import { setTimeout as sleep } from 'node:timers/promises'
import { type ChatClient, toChatError } from '@slicechat/client'
import type { Run } from '@slicechat/run'

/** An uploaded run, as the API keeps it. */
export interface UploadedRun {
  readonly id: string
  /** `false`: the API had it already. */
  readonly added: boolean
  /** Path of its page in the web app, below the web app's address. */
  readonly path: string
}

const ATTEMPTS = 3

/**
 * Uploads a run to the API, where the web app lists it. The same run may be uploaded again. If another run
 * has this id, the API keeps that one and refuses the new one.
 * @throws {ChatError} BAD_INPUT with the `field` that is wrong, or the error of the third failed attempt
 */
export async function uploadRun(run: Run, client: ChatClient): Promise<UploadedRun> {
  for (let attempt = 1; ; attempt++)
    try {
      const { id, added } = await client.api.runs.upload.mutate({ run })
      return { id, added, path: `/runs/${id}` }
    } catch (cause) {
      const error = toChatError(cause)
      if (!error.retryable || attempt === ATTEMPTS) throw error
      await sleep(error.retryAfterMs ?? 500 * 2 ** attempt)
    }
}
