// Runs the tests of the way from a commit to a cluster. Parts whose programs this machine lacks are skipped by name.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import { missingFor, PARTS, searchPath, type PartName } from '../test/delivery/requirements.ts'
import { printClosing, runVitest } from './vitest-suite.ts'

const ENDS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, disconnect: 143 } as const

let tests: ChildProcess | undefined
for (const [event, code] of Object.entries(ENDS))
  process.on(event, () => {
    if (tests === undefined) process.exit(code)
    // What the tests started ends with them: see test/delivery/cluster/keeper.ts.
    tests.once('exit', () => process.exit(code))
    tests.kill('SIGTERM')
  })

const names = Object.keys(PARTS) as PartName[]
const files = readdirSync(join(import.meta.dirname, '../test/delivery'))
const unlisted = files.filter((file) => {
  const part = /^(.+)\.test\.ts$/.exec(file)?.[1]
  return part !== undefined && !(part in PARTS)
})
if (unlisted.length > 0) {
  console.error(`No row in test/delivery/requirements.ts for: ${unlisted.join(', ')}`)
  process.exit(1)
}

/** One line for each part, so that nobody takes what was skipped for what passed. */
function listParts(): void {
  for (const name of names) {
    const missing = missingFor(name)
    const verdict = missing.length === 0 ? 'runs' : `skipped: needs ${missing.join(', ')}`
    console.log(`${name} (${PARTS[name].shows}): ${verdict}`)
  }
}

listParts()
const result = await runVitest('delivery', {
  arguments: process.argv.slice(2),
  env: { PATH: searchPath() },
  onStart: (child) => {
    tests = child
  },
})
console.log('')
listParts()
printClosing(result)
process.exit(result.ok ? 0 : 1)
