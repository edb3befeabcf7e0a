import { gzipSync } from 'node:zlib'
import type { Plugin, Rollup } from 'vite'

type Chunk = Rollup.OutputChunk

/**
 * Budget of the design, in KB compressed: the script that a browser must fetch and parse before the first page works.
 */
const BUDGET_KB = 130

/**
 * Modules of the first load: the chat page and its root layout. Other pages fetch their own script when they are
 * opened.
 */
const FIRST = [/\/src\/routes\/\+layout\.svelte$/, /\/src\/routes\/\(chat\)\//]

function isOfFirstLoad({ isEntry, name, moduleIds }: Chunk): boolean {
  if (!isEntry) return false
  return name.startsWith('entry/') || moduleIds.some((id) => FIRST.some((pattern) => pattern.test(id)))
}

/** Compressed size, in KB, of all script of the first load: its entries and everything that they import statically. */
export function firstLoadKb(chunks: ReadonlyMap<string, Chunk>): number {
  const wanted = new Set<string>()
  const add = (file: string) => {
    const chunk = chunks.get(file)
    if (!chunk || wanted.has(file)) return
    wanted.add(file)
    chunk.imports.forEach(add)
  }
  for (const [file, chunk] of chunks) if (isOfFirstLoad(chunk)) add(file)
  let bytes = 0
  for (const file of wanted) bytes += gzipSync(chunks.get(file)?.code ?? '').length
  return bytes / 1_000
}

/** Prints the size of the first load's script, and fails a build that exceeds the budget. */
export function scriptBudget(): Plugin {
  return {
    name: 'slicechat-script-budget',
    applyToEnvironment: ({ name }) => name === 'client',
    writeBundle(_options, bundle) {
      const chunks = new Map<string, Chunk>()
      for (const [file, output] of Object.entries(bundle))
        if (output.type === 'chunk') chunks.set(file, output)
      const size = firstLoadKb(chunks)
      const line = `Script of the first load: ${size.toFixed(1)} KB compressed, of ${BUDGET_KB} KB allowed.`
      if (size === 0 || size > BUDGET_KB) this.error(line)
      else console.log(line)
    },
  }
}
