import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { until } from './until.ts'

/** Where Debian and others put the programs of PostgreSQL, newest first. */
const folders = (): string[] =>
  ['/usr/lib/postgresql/*/bin', '/usr/local/bin', '/usr/bin', '/opt/homebrew/bin']
    .flatMap((pattern) => globSync(pattern).toSorted().toReversed())
    .filter((folder) => existsSync(join(folder, 'initdb')))

/** The user that runs the server where this process is root's, as which PostgreSQL refuses to run. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const [, uid, gid] = /^postgres:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8')) ?? []
  return { uid: Number(uid ?? 65_534), gid: Number(gid ?? 65_534) }
}

/** A PostgreSQL server of a test's own, on a free port, without durability. It ends with its `await using` block. */
export class PostgresServer implements AsyncDisposable {
  readonly url: string
  readonly #programs: string
  readonly #folder: string
  readonly #port: number
  #child: ChildProcess | undefined
  readonly #atExit = (): void => void this.#child?.kill('SIGQUIT')

  private constructor(programs: string, folder: string, port: number) {
    this.#programs = programs
    this.#folder = folder
    this.#port = port
    this.url = `postgresql://postgres@127.0.0.1:${port}/postgres`
    process.once('exit', this.#atExit)
  }

  /** Whether a server can be started here. */
  static isInstalled(): boolean {
    return folders().length > 0
  }

  static async start(): Promise<PostgresServer> {
    const [programs] = folders()
    if (programs === undefined) throw new Error('PostgreSQL is not installed')
    const folder = mkdtempSync(join(tmpdir(), 'slicechat-postgres-'))
    const user = serverUser()
    if (user !== undefined) chownSync(folder, user.uid, user.gid)
    // A collation of a language orders unlike SQLite, so that a column without our own would be noticed.
    const locale = ['--locale=C', '--locale-provider=icu', '--icu-locale=en-US', '--encoding=UTF8']
    const settings = ['--pgdata', join(folder, 'data'), '--username=postgres', '--auth=trust', '--no-sync']
    execFileSync(join(programs, 'initdb'), [...settings, ...locale], { ...user, cwd: folder, stdio: 'pipe' })
    const server = new PostgresServer(programs, folder, await freePort())
    await server.start()
    return server
  }

  /** Starts it again after `stop`, on the same port. */
  async start(): Promise<void> {
    const settings = [
      'fsync=off',
      'listen_addresses=127.0.0.1',
      'max_connections=200',
      'logging_collector=off',
    ]
    const args = ['-D', join(this.#folder, 'data'), '-p', String(this.#port), '-k', this.#folder]
    this.#child = spawn(
      join(this.#programs, 'postgres'),
      [...args, ...settings.flatMap((setting) => ['-c', setting])],
      { ...serverUser(), cwd: this.#folder, stdio: 'ignore' },
    )
    await until(async () => {
      const client = new Client({ connectionString: this.url })
      client.on('error', () => undefined)
      return client.connect().then(
        async () => (await client.end(), true),
        () => false,
      )
    }, 30_000)
  }

  /** Ends it: all connections are closed (`SIGINT`), or it dies as in a crash (`SIGQUIT`). */
  async stop(signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#child = undefined
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGQUIT')
    process.removeListener('exit', this.#atExit)
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
