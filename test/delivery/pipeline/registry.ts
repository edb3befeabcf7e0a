import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../../stack/free-ports.ts'
import type { Login } from './git-server.ts'

export interface Registry extends AsyncDisposable {
  /** Host and port, without a scheme. The registry speaks plain HTTP. */
  host: string
  /** Asks, with the password, for a repository's manifest by tag or digest. Resolves to the HTTP status: 200 or 404. */
  manifest: (repository: string, reference: string) => Promise<number>
}

/** Starts Debian's docker-registry with one user, whose name may contain a `$` as those of Harbor's robots do. */
export async function startRegistry({ user, password }: Login, address = '127.0.0.1'): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), 'slicechat-registry-'))
  const [port = 0] = await freePorts(1)
  const host = `${address}:${port}`
  const users = spawnSync('htpasswd', ['-niB', user], { input: password })
  if (users.status !== 0) throw new Error(users.stderr.toString())
  writeFileSync(join(folder, 'htpasswd'), users.stdout)
  const configuration = {
    version: '0.1',
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: host },
    auth: { htpasswd: { realm: 'registry', path: join(folder, 'htpasswd') } },
    log: { level: 'warn', accesslog: { disabled: true } },
  }
  // JSON is valid YAML.
  writeFileSync(join(folder, 'registry.yml'), JSON.stringify(configuration))
  // The kernel ends the registry when this process ends, even if it is killed.
  const command = ['--pdeathsig', 'KILL', 'docker-registry', 'serve', join(folder, 'registry.yml')]
  const child = spawn('setpriv', command, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' },
  })
  let said = ''
  child.stderr.on('data', (bytes: Buffer) => (said = (said + bytes.toString()).slice(-4000)))
  const ended = once(child, 'exit')
  const headers = { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
  const ask = (path: string, accept = '*/*'): Promise<Response> =>
    fetch(`http://${host}/v2/${path}`, { headers: { ...headers, accept } })
  for (;;) {
    if (child.exitCode !== null) throw new Error(`docker-registry ended:\n${said}`)
    const up = await ask('').then(
      (response) => response.ok,
      () => false,
    )
    if (up) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    host,
    manifest: async (repository, reference) => {
      const accept =
        'application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json'
      return (await ask(`${repository}/manifests/${reference}`, accept)).status
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
