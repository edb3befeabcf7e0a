import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const SOURCES = ['apps/api/src', 'apps/loadgen/src', 'apps/simulator/src', 'apps/web/src', 'apps/web/server']
const PACKAGES = globSync('packages/*/src', { cwd: root }).toSorted()
const IMPORT = /(?:\bfrom\s|\bimport\s|\bimport\()\s*'([^']+)'/g

/** Which modules each module imports. A module is a folder of a source folder, or a file beside these folders. */
type Graph = Map<string, Set<string>>

/** @param path relative to the source folder. The page has one level of folders more: `lib/chat`, `routes/runs`. */
const moduleOf = (path: string): string =>
  (/^(?:lib|routes)\/[^/]+/.exec(path)?.[0] ?? path.split('/')[0] ?? '').replace(
    /\.(svelte\.ts|ts|svelte)$/,
    '',
  )

function graphOf(source: string): Graph {
  const folder = join(root, source)
  const graph: Graph = new Map()
  const files = globSync('**/*.{ts,svelte}', { cwd: folder })
    .filter((file) => !/(\.test\.ts|\.d\.ts)$|(^|\/)testing\//.test(file))
    .toSorted()
  for (const file of files) {
    const imports = graph.get(moduleOf(file)) ?? new Set()
    graph.set(moduleOf(file), imports)
    for (const [, target = ''] of readFileSync(join(folder, file), 'utf8').matchAll(IMPORT)) {
      const path = target.startsWith('#lib/')
        ? target.slice(1)
        : target.startsWith('.')
          ? relative(folder, join(folder, dirname(file), target))
          : undefined
      if (
        path === undefined ||
        path.startsWith('..') ||
        path.endsWith('.css') ||
        moduleOf(path) === moduleOf(file)
      )
        continue
      imports.add(moduleOf(path))
    }
  }
  return graph
}

/** Which of the project's packages each app and package imports. */
function partsGraph(): Graph {
  const parts = globSync('{apps,packages}/*', { cwd: root }).toSorted()
  return new Map(
    parts.map((part) => {
      const files = globSync('{src,server}/**/*.{ts,svelte}', { cwd: join(root, part) })
        .filter((file) => !/\.test\.ts$|(^|\/)testing\//.test(file))
        .map((file) => readFileSync(join(root, part, file), 'utf8'))
      const imports = files.flatMap((text) =>
        [...text.matchAll(IMPORT)].flatMap(
          ([, target = '']) => /^@slicechat\/([\w-]+)/.exec(target)?.[1] ?? [],
        ),
      )
      const name = basename(part)
      return [name, new Set(imports.filter((each) => each !== name))]
    }),
  )
}

/** Floors from the bottom up: a module stands one above the highest that it imports. @throws where modules form a circle */
function floorsOf(graph: Graph): string[][] {
  const floors: string[][] = []
  const placed = new Set<string>()
  while (placed.size < graph.size) {
    const floor = [...graph.keys()].filter(
      (module) =>
        !placed.has(module) &&
        [...(graph.get(module) ?? [])].every((each) => placed.has(each) || !graph.has(each)),
    )
    if (floor.length === 0) {
      const rest = [...graph].filter(([module]) => !placed.has(module))
      const arrows = rest.map(
        ([module, imports]) => `${module} → ${[...imports].filter((each) => !placed.has(each)).join(', ')}`,
      )
      throw new Error(`Modules form a circle:\n${arrows.join('\n')}`)
    }
    for (const module of floor) placed.add(module)
    floors.push(floor.toSorted())
  }
  return floors
}

/** A graph as a block of text, the highest floor first. */
function diagramOf(graph: Graph): string {
  const floors = floorsOf(graph).map((floor) =>
    floor
      .map((module) => {
        const imports = [...(graph.get(module) ?? [])].toSorted()
        return `  ${module}${imports.length === 0 ? '' : ` → ${imports.join(', ')}`}`
      })
      .join('\n'),
  )
  return `\`\`\`text\n${floors.toReversed().join('\n  ──\n')}\n\`\`\``
}

function page(): string {
  const parts = [...SOURCES, ...PACKAGES].map((source) => `## ${source}\n\n${diagramOf(graphOf(source))}\n`)
  const head = `# Modules

Each block shows the modules of one source folder, with what they import. A module is a folder, or a file beside the folders. It stands above
everything that it imports: no arrow points up, and there is no circle. \`scripts/modules.test.ts\` compares this page with the imports; with
\`npm run test:unit -- scripts/modules.test.ts -u\` it writes the page anew.
`
  return [head, ...parts].join('\n')
}

test('docs/modules.md shows the imports as they are, and no arrow points up', async () => {
  await expect(page()).toMatchFileSnapshot('../docs/modules.md')
})

test('docs/architecture.md shows which part imports which, and no arrow points up', () => {
  const architecture = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  expect(/```text\n {2}loadgen[^`]*```/.exec(architecture)?.[0]).toBe(diagramOf(partsGraph()))
})

/** What the walks of docs/architecture.md write for a folder. */
const FOLDERS: Record<string, string> = {
  web: 'apps/web',
  api: 'apps/api/src',
  client: 'packages/client/src',
  loadgen: 'apps/loadgen/src',
  witness: 'packages/witness/src',
  run: 'packages/run/src',
}

test.each([
  // The numbers are those of the walks before the parts had floors.
  ['A chat message, file by file', 41],
  ['A scraped metric, file by file', 21],
])('%s: each file exists, and there are fewer than %i', (title, before) => {
  const architecture = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const section = architecture.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? ''
  const files = [...section.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, file = '']) =>
    file.replace(/^\w+(?=\/)/, (name) => FOLDERS[name] ?? name),
  )
  expect(files.length).toBeGreaterThan(10)
  expect(files.length).toBeLessThan(before)
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
})
