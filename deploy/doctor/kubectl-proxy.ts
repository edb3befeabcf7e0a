import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Cluster, clusterAt, ClusterUnreachable } from './cluster.ts'

export interface KubectlOptions {
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace: string
}

/**
 * Runs `kubectl proxy` while `use` reads the cluster. kubectl supports every way to log in, and its proxy refuses
 * everything but GET. It listens on a Unix socket in a private folder, since other users could read Secrets through a
 * TCP port.
 * @throws {ClusterUnreachable} if kubectl is missing or says why it has no cluster
 */
export async function withKubectl<Result>(
  { kubeconfig, context, namespace }: KubectlOptions,
  use: (cluster: Cluster) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'doctor-'))
  const socket = join(folder, 'api.sock')
  // The leash ends kubectl when this process is gone, for whatever reason.
  const proxy = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('../../scripts/supervise.ts', import.meta.url)),
      'kubectl',
      'proxy',
      `--unix-socket=${socket}`,
      '--reject-methods=^(POST|PUT|PATCH|DELETE|OPTIONS|HEAD|CONNECT)$',
      ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
      ...(context === undefined ? [] : [`--context=${context}`]),
    ],
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  )
  const ended = new Promise<void>((resolve) => proxy.once('close', () => resolve()))
  try {
    await ready(proxy)
    return await use(clusterAt(socket, namespace))
  } finally {
    proxy.kill()
    await ended
    await rm(folder, { recursive: true, force: true })
  }
}

/** Waits for the line that says where the proxy serves. */
async function ready(proxy: ReturnType<typeof spawn>): Promise<void> {
  let errors = ''
  proxy.stderr?.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk))
  const failed = Promise.withResolvers<never>()
  proxy.once('error', (error) => failed.reject(error))
  proxy.once('close', () =>
    failed.reject(
      new ClusterUnreachable(
        errors.includes('ENOENT') ? 'kubectl is not in the PATH' : errors.trim() || 'kubectl ended',
      ),
    ),
  )
  failed.promise.catch(() => {})
  if (proxy.stdout === null) return
  await Promise.race([once(proxy.stdout, 'data'), failed.promise])
}
