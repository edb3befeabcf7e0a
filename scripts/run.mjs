// The entry point for any Node ≥ 20 with npm: `node scripts/run.mjs <script.ts | tool> [args…]`. It installs
// what the lockfile asks for (only if that has changed, so that later runs need no network) and then starts
// the project's own Node 24, which runs TypeScript directly.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installDependencies } from './install.mjs'

const root = resolve(fileURLToPath(import.meta.url), '../..')
const modules = join(root, 'node_modules')
const stamp = join(modules, '.slicechat-install')
const windows = process.platform === 'win32'

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function fingerprint() {
  const hash = createHash('sha256')
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
    hash.update(read(join(root, file)))
  return `${process.platform}-${process.arch} ${hash.digest('hex')}`
}

/** Ids of the processes that started this one: the parent, and behind a shell its parent, if `/proc` tells it. */
function starters() {
  const parent = process.ppid
  // The name in brackets can contain anything; the state and the parent's id follow it.
  const [, name = '', grandparent] = /^\d+ \((.*)\) \S (\d+)/s.exec(read(`/proc/${parent}/stat`)) ?? []
  return name.endsWith('sh') ? `${parent} ${grandparent}` : String(parent)
}

/**
 * Calls `stop` once npm is gone. npm forwards no SIGTERM and opens no IPC channel, and the shell in between may live
 * on, so being orphaned is the only sign. A caller that starts this file without npm may leave it running.
 */
function onLostParent(stop) {
  if (process.env.npm_lifecycle_event === undefined || windows) return
  const watch = setInterval(() => {
    if (starters() === started) return
    clearInterval(watch)
    stop()
  }, 500)
  watch.unref()
}

async function install() {
  const wanted = fingerprint()
  if (read(stamp) === wanted) return
  const { packageManager } = JSON.parse(read(join(root, 'package.json')))
  const code = await installDependencies(root, ['npx', '--yes', packageManager])
  if (code !== 0) process.exit(code)
  writeFileSync(stamp, wanted)
}

// Read before the installation, since npm can end while it runs.
const started = starters()
await install()

const [target, ...args] = process.argv.slice(2)
if (target === undefined) {
  console.error('usage: node scripts/run.mjs <script.ts | tool> [args…]')
  process.exit(64)
}
const nodeFolder = join(modules, 'node', 'bin')
const bin = join(modules, '.bin')
const isScript = /\.(ts|mjs|js)$/.test(target)
const child = spawn(
  isScript ? join(nodeFolder, windows ? 'node.exe' : 'node') : join(bin, target),
  isScript ? [join(root, target), ...args] : args,
  {
    cwd: root,
    // The script's IPC channel closes with this process, however it ends, and the script then stops in order.
    stdio: ['inherit', 'inherit', 'inherit', ...(isScript ? ['ipc'] : [])],
    shell: windows && !isScript,
    env: {
      // Compiled code is cached, so that each of our processes starts in about half the time.
      NODE_COMPILE_CACHE: join(modules, '.cache', 'node'),
      ...process.env,
      PATH: [nodeFolder, bin, process.env.PATH].join(delimiter),
    },
  },
)
// A terminal's Ctrl-C reaches the whole group; a supervisor's SIGTERM reaches only this process.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
onLostParent(() => child.kill('SIGTERM'))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
