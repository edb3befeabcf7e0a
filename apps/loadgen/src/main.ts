#!/usr/bin/env node
import { commandLine } from './commands/command-line.ts'
import { EXIT } from './problems/exit-code.ts'
import { isDumbTerminal, usesEnvProxy } from './env.ts'
import { goDirect } from './target/direct.ts'
import { processConsole } from './terminal/console.ts'

const stopping = new AbortController()
process.on('SIGINT', () => {
  // A second Ctrl-C ends the process at once, without waiting for the files.
  if (stopping.signal.aborted) process.exit(EXIT.interrupted)
  stopping.abort()
})
// Can arrive twice for one request to stop: `timeout` and supervisors signal the whole process group, and
// run.mjs passes it on.
process.on('SIGTERM', () => stopping.abort())
// The parent that started this process with an IPC channel, as npm run does, is gone.
process.once('disconnect', () => stopping.abort())
if (process.send && !process.connected) stopping.abort()
// A reader that closes the pipe (`| head`) is not an error of the run.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

if (usesEnvProxy()) goDirect()
process.exitCode = await commandLine(
  process.argv.slice(2),
  processConsole(process, isDumbTerminal()),
  stopping.signal,
)
// A pipe takes 64 KiB at once; wait until its reader has taken the rest.
await new Promise<void>((taken) => void process.stdout.write('', () => taken()))
// Half-open sockets of a dead server must not keep a finished command running.
process.exit()
