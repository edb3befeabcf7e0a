// `node scripts/supervise.ts <program> [args…]`: runs a program that does not use IPC channels. It sends the program
// SIGTERM when its own IPC channel closes, which happens whenever the parent ends, for whatever reason.
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
