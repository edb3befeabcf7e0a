import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

/** Debian installs nginx in /usr/sbin, which only root's PATH contains. */
const program = ['nginx', '/usr/sbin/nginx'].find((name) => spawnSync(name, ['-v']).status === 0)

export const hasNginx = program !== undefined

/**
 * Starts a real nginx with these lines in its `http` block. It leaves nothing behind.
 * @param port on which these lines listen; polled until nginx accepts connections
 * @throws with nginx's output if it does not accept them
 */
export async function startNginx(http: string, port: number): Promise<AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'nginx-'))
  const bodies = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const configuration = `
daemon off;
pid ${folder}/pid;
error_log stderr warn;
${userInfo().uid === 0 ? 'user root;' : ''}
events {}
http {
  access_log off;
  ${bodies.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
${http}
}`
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration)
  const child = spawn(program ?? 'nginx', ['-e', 'stderr', '-p', folder, '-c', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()))
  const exited = once(child, 'exit')
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`nginx ended:\n${output}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null) child.kill('SIGTERM')
      await exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
