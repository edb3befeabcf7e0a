import { join } from 'node:path'
import { omitUndefined } from '@slicechat/contract'
import { createChatClient, toChatError } from '@slicechat/client'
import type { Run } from '@slicechat/run'
import { fetchWith } from '../target/extra-headers.ts'
import type { TargetOptions } from '../target/open-target.ts'
import { uploadRun } from './upload-run.ts'

/** A run has a few megabytes; an attempt that takes longer than this is given up. */
const ATTEMPT_MS = 60_000

const impatient: typeof fetch = (input, init) => {
  const signals = [AbortSignal.timeout(ATTEMPT_MS), ...(init?.signal ? [init.signal] : [])]
  return fetch(input, { ...init, signal: AbortSignal.any(signals) })
}

/** Base path of the web app on its host, if the target is one. */
function basePathOf(url: string): string {
  const path = new URL(url).pathname.replace(/\/+$/, '')
  return path.replace(/\/trpc$/, '')
}

/**
 * Uploads a run to the API that the load was sent to.
 * @param folder where the run's files are
 * @returns the text to print, and whether the upload worked
 */
export async function upload(
  run: Run,
  { url, apiKey, headers = {} }: TargetOptions,
  folder: string,
): Promise<{ ok: boolean; text: string }> {
  const client = createChatClient({
    url,
    fetch: fetchWith(headers, impatient),
    ...omitUndefined({ apiKey }),
  })
  try {
    const { path } = await uploadRun(run, client)
    return { ok: true, text: `Uploaded: the web app shows it at ${basePathOf(url)}${path}` }
  } catch (error) {
    const { code, message } = toChatError(error)
    // A run that the API refuses as invalid is refused on the web app's page too.
    const instead =
      code === 'BAD_INPUT'
        ? `${join(folder, 'report.html')} shows it all the same`
        : `add ${join(folder, 'run.json')} on the web app's page ${basePathOf(url)}/runs`
    return { ok: false, text: `Not uploaded (${code}: ${message}). The files are complete: ${instead}.` }
  } finally {
    client.close()
  }
}
