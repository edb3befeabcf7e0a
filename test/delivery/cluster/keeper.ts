// `node keeper.ts PAUSE`: holds the box in which a cluster runs while its IPC channel is open, and then removes everything.
// If this process is killed, the kernel kills `unshare` with it, process 1 of the box with `unshare`, and all other
// processes of the box with process 1. The next run then removes the folder.
import { spawn } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { makeCgroup, removeLeftovers, removeRig, rigName, rigsFolder } from './leftovers.ts'

const [pause = ''] = process.argv.slice(2)
const name = rigName(process.pid)
const rig = join(rigsFolder(), name)

await removeLeftovers()
mkdirSync(rig, { recursive: true })
copyFileSync(pause, join(rig, 'pause'))
makeCgroup(name)

const namespaces = ['--mount', '--pid', '--ipc', '--uts', '--net', '--fork', '--kill-child=SIGKILL']
const box = spawn(
  'setpriv',
  ['--pdeathsig', 'KILL', 'unshare', ...namespaces, 'sh', join(import.meta.dirname, 'box.sh'), rig],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
let ended = false

async function end(): Promise<void> {
  if (ended) return
  ended = true
  if (box.exitCode === null && box.signalCode === null) {
    const gone = new Promise((resolve) => box.once('exit', resolve))
    box.kill('SIGKILL')
    await gone
  }
  await removeRig(name)
  process.exit(0)
}

for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const)
  process.on(event, () => void end())
box.once('exit', () => void end())
// The test may have ended before this process could listen.
if (!process.connected) await end()

createInterface({ input: box.stdout }).on('line', (line) => {
  const pid = /^ready (\d+)$/.exec(line)?.[1]
  if (pid !== undefined) process.send?.({ pid: Number(pid), rig, cgroup: `/${name}` })
})
