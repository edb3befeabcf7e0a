import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packClient, packLoadgen } from '../../scripts/bundle/packages.ts'
import { buildWeb } from '../../scripts/web-build.ts'
import { Stack } from '../stack/stack.ts'

let stack: Stack
let folder: string
let project: string

beforeAll(async () => {
  buildWeb()
  stack = await Stack.start({ simulator: { SIM_TTFT: '20ms', SIM_ITL: '2ms' } })
  folder = await mkdtemp(join(tmpdir(), 'slicechat-packages-'))
  project = join(folder, 'project')
  await mkdir(project)
  await writeFile(join(project, 'package.json'), '{ "type": "module", "private": true }')
  const tarballs = [
    await packClient(join(folder, 'client'), folder),
    await packLoadgen(join(folder, 'loadgen'), folder),
  ]
  // Offline, so that npm cannot fetch a dependency that a package should contain.
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', ...tarballs], { cwd: project })
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const installed = (name: string): string => join(project, 'node_modules/@slicechat', name)

const program = `
import { createChatClient, type FinishedEvent, type Run } from '@slicechat/client'
const client = createChatClient({ url: process.argv[2] ?? '' })
let finished: FinishedEvent | undefined
for await (const event of client.generate({ messages: [{ role: 'user', content: 'Hello!' }] }))
  if (event.type === 'finished') finished = event
const { items } = await client.api.conversations.list.query({ limit: 5 })
const titles: string[] = items.map(({ title }) => title)
const goodput = (run: Run): number => run.whole.succeeded
console.log(JSON.stringify({ reason: finished?.reason, titles, goodput: typeof goodput }))
client.close()
`

/** Compiles a program against the installed types. @returns the compiler's output, empty if it found no error */
async function compile(source: string): Promise<string> {
  await writeFile(join(project, 'program.ts'), `declare const process: { argv: string[] }\n${source}`)
  const flags = [
    '--strict',
    '--target',
    'es2024',
    '--module',
    'nodenext',
    '--lib',
    'es2024,dom,dom.asynciterable',
  ]
  const tsc = resolve('node_modules/typescript/bin/tsc')
  const args = [tsc, ...flags, '--outDir', 'out', 'program.ts']
  return spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' }).stdout
}

describe('@slicechat/client', () => {
  test('a program outside the workspace compiles, with its types checked too, and chats', async () => {
    expect(await compile(program)).toBe('')
    const out = execFileSync(process.execPath, ['out/program.js', stack.url], {
      cwd: project,
      encoding: 'utf8',
    })
    expect(JSON.parse(out)).toEqual({ reason: 'stop', titles: [], goodput: 'function' })
  })

  test('a procedure by another name does not compile', async () => {
    const types = join(installed('client'), 'index.d.ts')
    const original = await readFile(types, 'utf8')
    const renamed = original.replace(/^(\s+)list: (.*QueryProcedure<)/gm, '$1listed: $2')
    expect(renamed).not.toBe(original)
    await writeFile(types, renamed)
    expect(await compile(program)).toContain("Property 'list' does not exist")
    await writeFile(types, original)
    expect(await compile(program.replace('limit: 5', "limit: 'five'"))).toContain('not assignable')
  })

  test('brings README, licences and source maps', () => {
    for (const name of ['README.md', 'LICENSE', 'THIRD-PARTY.txt', 'node.js.map', 'browser.js.map'])
      expect(existsSync(join(installed('client'), name)), name).toBe(true)
  })
})

describe('slicechat-loadgen', () => {
  test('runs as a command, and tells how it is called', () => {
    const short = ['--duration', '1s', '--set', 'warmUp=0', '--set', 'coolDown=0', '--out', 'run']
    const command = ['--no-install', 'slicechat-loadgen', 'run', 'smoke', ...short, '--target', stack.url]
    const { stderr } = spawnSync('npx', command, { cwd: project, encoding: 'utf8' })
    expect(existsSync(join(project, 'run/report.html')), stderr).toBe(true)

    const { stdout } = spawnSync('npx', ['--no-install', 'slicechat-loadgen', '--help'], {
      cwd: project,
      encoding: 'utf8',
    })
    expect(stdout).toContain('Begin with: slicechat-loadgen run smoke')
  })

  test('says on an older Node which one it needs', () => {
    const older = "Object.defineProperty(process.versions, 'node', { value: '22.9.0' })"
    const args = [
      '--import',
      `data:text/javascript,${older}`,
      join(installed('loadgen'), 'slicechat-loadgen.js'),
      '--help',
    ]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr: `slicechat-loadgen needs Node 24 or newer, and this is ${process.version}.\n`,
    })
  })
})
