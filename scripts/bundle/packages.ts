import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import loadgenManifest from '../../apps/loadgen/package.json' with { type: 'json' }
import clientManifest from '../../packages/client/package.json' with { type: 'json' }
import { bundleProgram } from './bundle.ts'
import { writeClientTypes } from './client-types.ts'
import { thirdPartyLicences } from './licences.ts'
import { programs } from './programs.ts'

/** Adds what a package needs beside its code, and packs a tarball without asking a registry. @returns its path */
function pack(folder: string, readme: string, manifest: object, out: string): string {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  copyFileSync('LICENSE', join(folder, 'LICENSE'))
  copyFileSync(readme, join(folder, 'README.md'))
  const arguments_ = ['pack', '--silent', '--pack-destination', out]
  const { status, stdout, stderr } = spawnSync('npm', arguments_, {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`npm pack failed in ${folder}:\n${stderr}`)
  return join(out, stdout.trim())
}

async function bundleClient(platform: 'node' | 'browser', folder: string): Promise<void> {
  const build = await rolldown({
    input: { [platform]: 'packages/client/src/index.ts' },
    platform,
    transform: { target: 'es2022' },
    plugins: [thirdPartyLicences()],
  })
  await build.write({ dir: folder, format: 'esm', sourcemap: true, codeSplitting: false })
  await build.close()
}

/** The typed client: JavaScript for Node, Bun and browsers, and one file of types. It depends on no other package. */
export async function packClient(folder: string, out: string): Promise<string> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  await bundleClient('browser', folder)
  await bundleClient('node', folder)
  await writeClientTypes(folder)
  const { name, version, license } = clientManifest
  const manifest = {
    name,
    version,
    license,
    type: 'module',
    sideEffects: false,
    description: 'Typed client of the Slicechat API',
    engines: { node: '>=22' },
    exports: { '.': { types: './index.d.ts', browser: './browser.js', default: './node.js' } },
  }
  return pack(folder, 'packages/client/README.md', manifest, out)
}

/** Older versions of Node lack features that the program imports, and would print its whole source with the error. */
const LAUNCHER = `#!/usr/bin/env node
if (Number.parseInt(process.versions.node) < 24) {
  console.error('slicechat-loadgen needs Node 24 or newer, and this is ' + process.version + '.')
  process.exit(1)
}
await import('./main.js')
`

/** The load tester as a command. It depends on no other package. */
export async function packLoadgen(folder: string, out: string): Promise<string> {
  await bundleProgram(programs.loadgen, folder)
  writeFileSync(join(folder, 'slicechat-loadgen.js'), LAUNCHER, { mode: 0o755 })
  const { name, version, license } = loadgenManifest
  const manifest = {
    name,
    version,
    license,
    type: 'module',
    description:
      'Load tester for LLM chats: sends them as people would, and compares what everybody measured',
    engines: { node: '>=24' },
    bin: { 'slicechat-loadgen': 'slicechat-loadgen.js' },
  }
  return pack(folder, 'apps/loadgen/README.md', manifest, out)
}
