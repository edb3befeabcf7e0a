import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'

type Install = (
  folder: string,
  command: string[],
  streams: Record<'out' | 'err', PassThrough>,
) => Promise<number>
// The installer is JavaScript, since any version of Node must run it, so its types are declared here.
const installer = new URL('install.mjs', import.meta.url).href
const { installDependencies } = (await import(installer)) as { installDependencies: Install }
const pnpm = join(import.meta.dirname, '../node_modules/.bin/pnpm')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'slicechat-install-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A project that needs nothing from a registry. Its lockfile matches the specifier `file:dependency` only. */
function project(name: string, specifier: string): string {
  const root = join(folder, name)
  mkdirSync(join(root, 'dependency'), { recursive: true })
  const files = {
    'package.json': JSON.stringify({ name, private: true, dependencies: { dependency: specifier } }),
    'dependency/package.json': JSON.stringify({
      name: 'dependency',
      version: '1.0.0',
      engines: { node: '>=99' },
    }),
    'pnpm-workspace.yaml': 'pmOnFail: ignore\n',
    'pnpm-lock.yaml': `lockfileVersion: '9.0'
settings: { autoInstallPeers: true, excludeLinksFromLockfile: false }
importers:
  .:
    dependencies:
      dependency: { specifier: 'file:dependency', version: 'file:dependency' }
packages:
  dependency@file:dependency:
    resolution: { directory: dependency, type: directory }
    engines: { node: '>=99' }
snapshots:
  dependency@file:dependency: {}
`,
  }
  for (const [file, text] of Object.entries(files)) writeFileSync(join(root, file), text)
  return root
}

async function install(root: string, command = [pnpm]) {
  const streams = { out: new PassThrough(), err: new PassThrough() }
  const code = await installDependencies(root, command, streams)
  const text = (stream: PassThrough): string => (stream.read() as Buffer | null)?.toString() ?? ''
  return { code, out: text(streams.out), err: text(streams.err) }
}

test('an installation that works says two lines, whatever pnpm warns of', async () => {
  const { code, out, err } = await install(project('works', 'file:dependency'))
  // A slow machine also prints its progress.
  expect(out.split('\n').filter((line) => !line.startsWith('  '))).toEqual([
    expect.stringMatching(/^Installing dependencies with .*pnpm \(first run, or the lockfile changed\) …$/),
    expect.stringMatching(/^Dependencies are installed \(\d+ s\)\.$/),
    '',
  ])
  expect({ code, err }).toEqual({ code: 0, err: '' })
})

test('one that fails shows all that pnpm said, and its code', async () => {
  const { code, err } = await install(project('fails', 'file:elsewhere'))
  expect(code).toBe(1)
  expect(err).toContain('ERR_PNPM_OUTDATED_LOCKFILE')
  expect(err).toMatch(/elsewhere[^]*The installation failed \(exit code 1\); what pnpm said is above\.\n$/)
})

test('a program that is not there is named', async () => {
  const { code, err } = await install(folder, ['no-such-npx'])
  expect(code).toBe(127)
  expect(err).toMatch(/no-such-npx.*ENOENT/)
})

test('packages are held against the Node that runs them, not the one that installs', () => {
  const root = join(import.meta.dirname, '..')
  const settings = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')
  const { node } = /^ {2}node: (?<node>\S+)$/m.exec(settings)?.groups ?? {}
  expect(node).toMatch(/^\d+\.\d+\.\d+$/)
  expect(/^nodeVersion: (\S+)$/m.exec(settings)?.[1]).toBe(node)
  expect(readFileSync(join(root, '.node-version'), 'utf8').trim()).toBe(node)
})
