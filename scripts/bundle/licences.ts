import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Plugin } from 'rolldown'

/** The folder of the package to which a module in `node_modules` belongs. */
function packageOf(module: string): string {
  let folder = dirname(module)
  // A package.json without a version only says how the files below it are parsed.
  while (!existsSync(join(folder, 'package.json')) || !manifestOf(folder).version) folder = dirname(folder)
  return folder
}

const manifestOf = (folder: string): Record<'name' | 'version' | 'license', string | undefined> =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as never

function noticeOf(folder: string): string {
  const { name = '', version = '', license = 'licence not told' } = manifestOf(folder)
  const texts = globSync('{LICEN[CS]E,license,licence,NOTICE}*', { cwd: folder }).sort()
  return [
    `${name} ${version} (${license})`,
    ...texts.map((text) => readFileSync(join(folder, text), 'utf8').trim()),
  ].join('\n\n')
}

/** Writes `THIRD-PARTY.txt`: name, version and licence of each package whose code is in the bundle. */
export function thirdPartyLicences(): Plugin {
  return {
    name: 'slicechat-third-party-licences',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
      const folders = new Set(modules.filter((id) => /^\/.*node_modules/.test(id)).map(packageOf))
      const source = [...folders]
        .sort()
        .map(noticeOf)
        .join(`\n\n${'-'.repeat(80)}\n\n`)
      this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY.txt', source: `${source}\n` })
    },
  }
}
