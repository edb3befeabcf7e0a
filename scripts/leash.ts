// `node scripts/leash.ts <program> [args…]`: runs a program that knows nothing of IPC channels, and sends it SIGTERM
// when this process's own channel closes, which it does when the parent ends, however that comes about.
import { spawn } from 'node:child_process'

const [program = '', ...args] = process.argv.slice(2)
const child = spawn(program, args, { stdio: 'inherit' })
child.once('error', (error) => {
  console.error(error.message)
  process.exit(1)
})
child.once('exit', (code) => process.exit(code ?? 1))
const stop = (): void => void child.kill('SIGTERM')
for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(event, stop)
process.once('disconnect', stop)
if (process.send && !process.connected) stop()
