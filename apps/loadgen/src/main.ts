#!/usr/bin/env node
import { commandLine } from './commands/command-line.ts'
import { isDumbTerminal } from './env.ts'
import { processConsole } from './terminal/console.ts'

const stopping = new AbortController()
let asked = 0
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.on(signal, () => {
    // Whoever asks twice does not want to wait for the files.
    if (++asked > 1) process.exit(code)
    stopping.abort()
  })
// A reader that closes the pipe (`| head`) is no error of the run.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

process.exitCode = await commandLine(
  process.argv.slice(2),
  processConsole(process, isDumbTerminal()),
  stopping.signal,
)
// A pipe takes 64 KiB at once; what its reader has yet to take must not be lost.
await new Promise<void>((taken) => void process.stdout.write('', () => taken()))
// Sockets that a dead server left half-open must not keep a finished command.
process.exit()
