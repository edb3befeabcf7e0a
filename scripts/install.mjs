import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** How often progress is reported without a terminal. */
const NEWS_EVERY_MS = 10_000
const TICK_MS = 500

/**
 * Installs what the lockfile asks for. It reports that it has begun, how far it is (each half second on a terminal,
 * else one line every ten seconds), and that it is done. pnpm's own output is shown, in full, only if it fails.
 * @param {string} folder
 * @param {string[]} command pnpm, as a program and its arguments
 * @param {{ out?: NodeJS.WriteStream, err?: NodeJS.WritableStream }} [streams]
 * @returns {Promise<number>} the exit code, 0 if all went well
 */
export async function installDependencies(folder, command, streams = {}) {
  const { out = process.stdout, err = process.stderr } = streams
  const [program, ...args] = [...command, 'install', '--frozen-lockfile', '--reporter=append-only']
  out.write(`Installing dependencies with ${command.at(-1)} (first run, or the lockfile changed) …\n`)
  const began = performance.now()
  let said = ''
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  })
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      said += text
    })
  const news = setInterval(
    () => out.write(out.isTTY ? `\r${progressOf(said, began)}\x1b[K` : `${progressOf(said, began)}\n`),
    out.isTTY ? TICK_MS : NEWS_EVERY_MS,
  )
  const [code, signal] = await once(child, 'close').catch((error) => {
    said += `${program}: ${error.message}\n`
    return [127]
  })
  clearInterval(news)
  if (out.isTTY) out.write('\r\x1b[K')
  if (code === 0) {
    out.write(`Dependencies are installed (${secondsSince(began)} s).\n`)
    return 0
  }
  err.write(`${said}\nThe installation failed (${signal ?? `exit code ${code}`}); what pnpm said is above.\n`)
  return code ?? 1
}

const secondsSince = (began) => Math.round((performance.now() - began) / 1000)

/** Progress by pnpm's last count. */
function progressOf(said, began) {
  const counts = [...said.matchAll(/Progress: resolved (\d+), reused \d+, downloaded \d+, added (\d+)/g)].at(
    -1,
  )
  const [, all, added] = counts ?? []
  const stage = all === undefined ? '' : all === added ? 'setting up, ' : `${added} of ${all} packages, `
  return `  ${stage}${secondsSince(began)} s`
}
