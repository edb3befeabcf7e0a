import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'
import { thirdPartyLicences } from './licences.ts'
import { relativeFiles } from './relative-files.ts'

export interface Program {
  /** The first module of the program; in the bundle it is `main.js`. */
  main: string
  /** Folders to copy into the bundle, by their names there. */
  folders?: Record<string, string>
}

/** autocannon's functions without its command line, which reads files of its own package. */
const alias = { autocannon: 'autocannon/lib/init.js' }

/** hdr-histogram-js hides Node's zlib from bundlers in an `eval`, and would fall back to a slower one in JavaScript. */
const nodeZlib: Plugin = {
  name: 'slicechat-node-zlib',
  transform: {
    filter: { id: /hdr-histogram-js/, code: /eval\(/ },
    handler: (code) => ({ code: code.replaceAll(/eval\('(require\("zlib"\)\.\w+)'\)/g, '$1') }),
  },
}

/**
 * Makes a program self-contained: afterwards `folder` holds all that the program imports and reads, and nothing else.
 */
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
    // Chunks lie beside main.js, so that code which finds files relative to its own module finds them there.
    chunkFileNames: '[name]-[hash].js',
    comments: { legal: false },
    // Names are not mangled, so that a stack trace in a log is readable.
    minify: { mangle: false, compress: true, codegen: true },
  })
  await build.close()
  for (const [name, source] of Object.entries(folders))
    cpSync(source, join(folder, name), { recursive: true })
}
