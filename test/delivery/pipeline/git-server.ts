import { spawn, spawnSync } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export interface Login {
  user: string
  password: string
}

export interface GitServer extends AsyncDisposable {
  /** URL without a user; a repository's name follows as its path. */
  url: string
  /** Makes an empty bare repository with the branch `main`. @returns its folder */
  create: (name: string) => string
}

const backend = join(
  spawnSync('git', ['--exec-path'], { encoding: 'utf8' }).stdout.trim(),
  'git-http-backend',
)

/** Serves the bare repositories of a folder over HTTP to one user, as Gitea does: git's own program behind a password. */
export async function startGitServer(
  folder: string,
  login: Login,
  host = '127.0.0.1',
  port = 0,
): Promise<GitServer> {
  const expected = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`
  const server = createServer((request, response) => {
    if (request.headers.authorization !== expected) {
      request.resume()
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    answer(request, response, folder, login.user)
  })
  await new Promise<void>((resolve) => server.listen(port, host, resolve))
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    create: (name) => {
      const repository = join(folder, name)
      const made = spawnSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', repository])
      if (made.status !== 0) throw new Error(made.stderr.toString())
      return repository
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers a request by CGI, the protocol of `git http-backend`. */
function answer(request: IncomingMessage, response: ServerResponse, folder: string, user: string): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://git')
  const header = (name: string): string => request.headers[name]?.toString() ?? ''
  const child = spawn(backend, {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method,
      PATH_INFO: pathname,
      QUERY_STRING: searchParams.toString(),
      CONTENT_TYPE: header('content-type'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      HTTP_GIT_PROTOCOL: header('git-protocol'),
      REMOTE_USER: user,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  // The backend ended before it had read the whole request, so the answer breaks off too.
  child.stdin.on('error', () => response.destroy())
  request.pipe(child.stdin)
  let head = ''
  const onHead = (bytes: Buffer): void => {
    head += bytes.toString('latin1')
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    child.stdout.off('data', onHead)
    const headers = new Headers(
      head
        .slice(0, end)
        .split('\r\n')
        .map((line) => line.split(/: /, 2) as [string, string]),
    )
    const status = Number.parseInt(headers.get('status') ?? '200', 10)
    headers.delete('status')
    response.writeHead(status, Object.fromEntries(headers))
    response.write(Buffer.from(head.slice(end + 4), 'latin1'))
    child.stdout.pipe(response)
  }
  child.stdout.on('data', onHead)
  child.stdout.on('end', () => response.end())
}

// git-server.ts FOLDER HOST PORT USER PASSWORD: runs the server as a process of its own, as in the network of a cluster.
if (import.meta.main) {
  const [folder = '', host, port, user = '', password = ''] = process.argv.slice(2)
  await startGitServer(folder, { user, password }, host, Number(port))
}
