import { request } from 'node:http'

/** Answer of the API server. */
export interface Answer {
  readonly status: number
  readonly body: string
}

/** A running cluster, for reading only. */
export interface Cluster {
  /** Namespace of the deployment. */
  readonly namespace: string
  /** What could not be read, and why. Checks that need it find nothing. */
  readonly unread: string[]
  /** GET of a path of the API. @throws {ClusterUnreachable} */
  get(path: string): Promise<Answer>
}

/** No API server answered: there is none, or kubectl has no access to it. */
export class ClusterUnreachable extends Error {}

const TIMEOUT_MS = 15_000

/** Speaks to an API server (kubectl's proxy) on a Unix socket. */
export function clusterAt(socketPath: string, namespace: string): Cluster {
  return {
    namespace,
    unread: [],
    get: (path) =>
      new Promise((resolve, reject) => {
        const sent = request({ socketPath, path, timeout: TIMEOUT_MS }, (response) => {
          let body = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => (body += chunk))
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
          response.on('error', (error) => reject(new ClusterUnreachable(error.message)))
        })
        sent.on('timeout', () => sent.destroy(new Error(`no answer for ${TIMEOUT_MS / 1000} s`)))
        sent.on('error', (error) => reject(new ClusterUnreachable(error.message)))
        sent.end()
      }),
  }
}
