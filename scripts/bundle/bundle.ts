import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'
import { thirdPartyLicences } from './licences.ts'
import { relativeFiles } from './relative-files.ts'

export interface Program {
  /** Its first module; the bundle's is `main.js`. */
  main: string
  /** Folders to copy beside it, by their names there. */
  folders?: Record<string, string>
}

/** Its functions without the command line around them, which reads files of its own package. */
const alias = { autocannon: 'autocannon/lib/init.js' }

/** hdr-histogram-js hides Node's zlib from bundlers in an `eval`, and would take a slower one in JavaScript. */
const nodeZlib: Plugin = {
  name: 'slicechat-node-zlib',
  transform: {
    filter: { id: /hdr-histogram-js/, code: /eval\(/ },
    handler: (code) => ({ code: code.replaceAll(/eval\('(require\("zlib"\)\.\w+)'\)/g, '$1') }),
  },
}

/** Makes one program self-contained: all that it imports and reads lies in `folder` afterwards, and nothing else. */
export async function bundleProgram({ main, folders = {} }: Program, folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  const build = await rolldown({
    input: { main },
    platform: 'node',
    resolve: { alias },
    plugins: [relativeFiles(), nodeZlib, thirdPartyLicences()],
    checks: { bundlerTimings: false },
    onLog: (level, { message }) => {
      if (level === 'warn') throw new Error(`${main} does not bundle cleanly: ${message}`)
    },
  })
  await build.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    // Beside main.js: what finds files by its own place finds them there.
    chunkFileNames: '[name]-[hash].js',
    comments: { legal: false },
    // Names stay as they are: a stack trace in a log must be readable.
    minify: { mangle: false, compress: true, codegen: true },
  })
  await build.close()
  for (const [name, source] of Object.entries(folders))
    cpSync(source, join(folder, name), { recursive: true })
}
