import { join } from 'node:path'
import { createChatClient, toChatError } from '@slicechat/client'
import type { Run } from '@slicechat/report'
import { fetchWith } from '../target/extra-headers.ts'
import type { TargetOptions } from '../target/open-target.ts'
import { uploadRun } from './upload-run.ts'

/** A run has some megabytes; who takes longer for them than this takes them never. */
const ATTEMPT_MS = 60_000

const impatient: typeof fetch = (input, init) => {
  const signals = [AbortSignal.timeout(ATTEMPT_MS), ...(init?.signal ? [init.signal] : [])]
  return fetch(input, { ...init, signal: AbortSignal.any(signals) })
}

/** Path of the web app on its host, if the target is one. */
function basePathOf(url: string): string {
  const path = new URL(url).pathname.replace(/\/+$/, '')
  return path.replace(/\/trpc$/, '')
}

/**
 * Hands a run to the API that it was sent to.
 * @param folder where its files are
 * @returns what is to be said of it, and whether it worked
 */
export async function upload(
  run: Run,
  { url, apiKey, headers = {} }: TargetOptions,
  folder: string,
): Promise<{ ok: boolean; text: string }> {
  const client = createChatClient({
    url,
    fetch: fetchWith(headers, impatient),
    ...(apiKey === undefined ? {} : { apiKey }),
  })
  try {
    const { path } = await uploadRun(run, client)
    return { ok: true, text: `Uploaded: the web app shows it at ${basePathOf(url)}${path}` }
  } catch (error) {
    const { code, message } = toChatError(error)
    // What the API does not take from here, it does not take from its page either.
    const instead =
      code === 'BAD_INPUT'
        ? `${join(folder, 'report.html')} shows it all the same`
        : `add ${join(folder, 'run.json')} on the web app's page ${basePathOf(url)}/runs`
    return { ok: false, text: `Not uploaded (${code}: ${message}). The files are complete: ${instead}.` }
  } finally {
    client.close()
  }
}
