#!/usr/bin/env node
import { commandLine } from './commands/command-line.ts'
import { EXIT } from './commands/exit-code.ts'
import { isDumbTerminal, usesEnvProxy } from './env.ts'
import { goDirect } from './target/direct.ts'
import { processConsole } from './terminal/console.ts'

const stopping = new AbortController()
process.on('SIGINT', () => {
  // Whoever asks twice does not want to wait for the files.
  if (stopping.signal.aborted) process.exit(EXIT.interrupted)
  stopping.abort()
})
// Can come twice for one: `timeout` and supervisors send it to the whole group, and run.mjs passes it on.
process.on('SIGTERM', () => stopping.abort())
// A parent that started this with an IPC channel, as npm run does, is gone.
process.once('disconnect', () => stopping.abort())
if (process.send && !process.connected) stopping.abort()
// A reader that closes the pipe (`| head`) is no error of the run.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

if (usesEnvProxy()) goDirect()
process.exitCode = await commandLine(
  process.argv.slice(2),
  processConsole(process, isDumbTerminal()),
  stopping.signal,
)
// A pipe takes 64 KiB at once; what its reader has yet to take must not be lost.
await new Promise<void>((taken) => void process.stdout.write('', () => taken()))
// Sockets that a dead server left half-open must not keep a finished command.
process.exit()
