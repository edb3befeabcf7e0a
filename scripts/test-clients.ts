// Runs the tests of `/v1` with stock clients of Python. It installs them into a temporary folder, and says what it skips where
// there is no Python or no PyPI.
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installClients } from '../test/clients/install.ts'
import { printClosing, runVitest } from './vitest-suite.ts'

/** `disconnect` means that run.mjs is gone. */
const ENDS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, disconnect: 143 } as const

const folder = mkdtempSync(join(tmpdir(), 'slicechat-clients-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const over = new AbortController()
let tests: ChildProcess | undefined
for (const [event, code] of Object.entries(ENDS))
  process.on(event, () => {
    over.abort()
    if (tests === undefined) process.exit(code)
    tests.once('exit', () => process.exit(code))
    tests.kill('SIGTERM')
  })

console.log('Installing the clients from PyPI …')
const installed = Object.entries(await installClients(folder, over.signal))
for (const [name, client] of installed)
  console.log(`${name}: ${'python' in client ? 'runs' : `skipped: needs ${client.missing}`}`)
const paths = installed.map(([name, client]) => [
  `CLIENT_${name.toUpperCase()}`,
  'python' in client ? client.python : '',
])
const result = await runVitest('clients', {
  arguments: process.argv.slice(2),
  env: Object.fromEntries(paths) as NodeJS.ProcessEnv,
  onStart: (child) => {
    tests = child
  },
})
printClosing(result)
process.exit(result.ok ? 0 : 1)
