import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import type { Plugin, PluginContext } from 'rolldown'

/** The one form in which our sources may name a file relative to their own. */
const RELATIVE_URL = /new URL\(\s*(['"])(\.\.?\/[^'"]+)\1,\s*import\.meta\.url\s*\)/g
/** Other ways to find files, which would look in the wrong place once the source is bundled. */
const LOST = /import\.meta\.(?:dirname|filename|resolve)|createRequire\(|import\.meta\.url/

/** Puts a file or folder beside the program. @returns its name there */
function put(context: PluginContext, path: string): string {
  const name = basename(path)
  if (statSync(path).isDirectory()) {
    for (const file of globSync('**/*', { cwd: path }).sort())
      if (statSync(join(path, file)).isFile()) emit(context, join(path, file), `${name}/${file}`)
    return `${name}/`
  }
  const extension = extname(path)
  if (extension !== '.ts' && extension !== '.js') {
    emit(context, path, name)
    return name
  }
  const fileName = `${basename(path, extension)}.js`
  context.emitFile({ type: 'chunk', id: path, fileName })
  return fileName
}

function emit(context: PluginContext, path: string, fileName: string): void {
  context.emitFile({ type: 'asset', fileName, source: readFileSync(path) })
}

/**
 * Follows `new URL('./file', import.meta.url)` in TypeScript sources: a module is bundled beside the program, a file or
 * folder is copied there. Any other way to find a file by the place of its source fails the build. All chunks must be
 * in one folder.
 */
export function relativeFiles(): Plugin {
  return {
    name: 'slicechat-relative-files',
    transform: {
      filter: { id: { include: /\.ts$/, exclude: /node_modules/ }, code: /import\.meta|createRequire/ },
      handler(code, id) {
        const followed = code.replaceAll(RELATIVE_URL, (_, _quote, relative: string) => {
          const path = resolve(dirname(id), relative)
          if (!existsSync(path)) this.error(`${id} names ${relative}, which is not there.`)
          return `new URL('./${put(this, path)}', import.meta['url'])`
        })
        const lost = LOST.exec(followed)
        if (lost) this.error(`${id} finds a file by ${lost[0]}. Write new URL('./file', import.meta.url).`)
        return { code: followed.replaceAll("import.meta['url']", 'import.meta.url') }
      },
    },
  }
}
