// The way in from any Node ≥ 20 with npm: `node scripts/run.mjs <script.ts | tool> [args…]`.
// It installs what the lockfile asks for (only when that changed, so later runs need no network)
// and then hands over to the project's own Node 24, which runs TypeScript as it stands.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(fileURLToPath(import.meta.url), '../..')
const modules = join(root, 'node_modules')
const stamp = join(modules, '.slicechat-install')
const windows = process.platform === 'win32'

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

function fingerprint() {
  const hash = createHash('sha256')
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])
    hash.update(read(join(root, file)))
  return `${process.platform}-${process.arch} ${hash.digest('hex')}`
}

function install() {
  const wanted = fingerprint()
  if (read(stamp) === wanted) return
  const { packageManager } = JSON.parse(read(join(root, 'package.json')))
  console.log(`Installing dependencies with ${packageManager} (first run, or the lockfile changed) …`)
  const result = spawnSync('npx', ['--yes', packageManager, 'install', '--frozen-lockfile'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: windows,
  })
  if (result.status !== 0) {
    console.error('The installation failed; what pnpm said is above.')
    process.exit(result.status ?? 1)
  }
  writeFileSync(stamp, wanted)
}

install()

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
    stdio: 'inherit',
    shell: windows && !isScript,
    env: { ...process.env, PATH: [nodeFolder, bin, process.env.PATH].join(delimiter) },
  },
)
// A terminal's Ctrl-C reaches the whole group; a supervisor's SIGTERM reaches only this process.
process.on('SIGINT', () => {})
// npm's shell dies of a SIGTERM without passing it on; being orphaned is then the only sign.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) child.kill('SIGTERM')
}, 500).unref()
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)))
