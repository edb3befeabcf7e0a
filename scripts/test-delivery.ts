// Runs the tests of the way from a commit to a cluster. Parts whose programs this machine lacks are skipped
// and named. With --packages it runs nothing and prints the missing Debian packages.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import { ensurePrograms, fetchModules } from '../test/delivery/cluster/programs.ts'
import { missingFor, PARTS, searchPath, type PartName } from '../test/delivery/requirements.ts'
import { printClosing, runVitest } from './vitest-suite.ts'

const ENDS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, disconnect: 143 } as const

let tests: ChildProcess | undefined
for (const [event, code] of Object.entries(ENDS))
  process.on(event, () => {
    if (tests === undefined) process.exit(code)
    // Everything that the tests started ends with them: see test/delivery/cluster/keeper.ts.
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

if (process.argv.includes('--packages')) {
  // Parts that are not asked for need no packages.
  const asked = names.map(missingFor).filter((missing) => !missing.includes('DELIVERY_FULL=1'))
  const packages = asked.flat().filter((name) => !/^(root$|go |namespaces)/.test(name))
  console.log([...new Set(packages)].join(' '))
  process.exit()
}

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))
/** Parts chosen as vitest chooses files: all, or those whose path contains one of the arguments. */
const chosen = names.filter(
  (name) => wanted.length === 0 || wanted.some((text) => `test/delivery/${name}.test.ts`.includes(text)),
)

/** Prints one line for each part, so that nobody takes a skipped part for one that passed. */
function listParts(): void {
  for (const name of chosen) {
    const missing = missingFor(name)
    const verdict = missing.length === 0 ? 'runs' : `skipped: needs ${missing.join(', ')}`
    console.log(`${name} (${PARTS[name].shows}): ${verdict}`)
  }
}

/** Whether a part that will run needs something. */
const neededBy = (need: string): boolean =>
  chosen.some((name) => missingFor(name).length === 0 && PARTS[name].needs.some((each) => each === need))

// Fetching and compiling take some minutes, once, which should not count as test time. Every part that needs etcd runs an
// API server.
if (neededBy('etcd') && !fetchModules(console.log)) process.env['DELIVERY_WITHOUT_GO'] = '1'
listParts()
if (neededBy('etcd')) ensurePrograms(console.log)
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
