import type { IncomingMessage } from 'node:http'

/** Whether a request is for the API: `/trpc`, `/api/auth` and `/v1`, and all below them. */
export function isForApi(url: string | undefined): boolean {
  return url !== undefined && /^\/(?:trpc|api\/auth|v1)(?:[/?]|$)/.test(url)
}

/** Whether a request is for OpenAI's protocol, which programs speak with a key of their own. */
export function isForOpenai(url: string | undefined): boolean {
  return url !== undefined && /^\/v1(?:[/?]|$)/.test(url)
}

/**
 * Whether a provider of identities sends a person back. That is the one request that another site may cause. The API
 * checks that the person began to sign in here.
 */
export function isReturn({ method, url, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers.origin === undefined &&
    /^\/api\/auth\/callback\/[\w-]+(?:\?|$)/.test(url ?? '')
  )
}
