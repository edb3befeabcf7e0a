import { request as httpRequest } from 'node:http'
import type { Simulator } from '../index.ts'
import type { RecordedResponse } from './recording.ts'

/** A response with its headers in the order of arrival, which `fetch` does not keep. */
export function exchange(
  simulator: Simulator,
  method: string,
  path: string,
  body?: string,
): Promise<RecordedResponse> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${simulator.url}${path}`, { method }, (response) => {
      const raw = response.rawHeaders
      const headers = raw.flatMap((name, at) =>
        at % 2 === 0 ? ([[name.toLowerCase(), raw[at + 1] ?? '']] as const) : [],
      )
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => (text += piece))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers, body: text }))
    })
    request.on('error', reject)
    if (body !== undefined) request.setHeader('content-type', 'application/json')
    request.end(body)
  })
}

const headersVary = new Set(['date', 'x-request-id', 'content-length'])
/** The headers, without values that differ from answer to answer. */
export const comparable = ({ headers }: RecordedResponse) =>
  headers.map(([name, value]) => (headersVary.has(name) ? name : `${name}: ${value}`)).sort()

/** Removes the `sim/` of the simulator's model ids, the only difference that a refusal may have. */
export const renamed = (text: string) => text.replaceAll('sim/smollm2-135m', 'smollm2-135m')
