import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { text as readStream } from 'node:stream/consumers'
import { type Manifest, readManifests } from './manifest.ts'
import type { TextFile, Tree } from './tree.ts'

/** A path that cannot be examined. */
export class UnusablePath extends Error {}

const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']
/** Folders that are not read; `fixtures` contains faults on purpose. */
const SKIPPED = ['node_modules', '.git', 'fixtures']

/** The content of one file. */
interface Part {
  readonly path: string
  readonly manifests: readonly Manifest[]
  readonly files: readonly TextFile[]
}

/** A tree to examine, and the folders with kustomize's sources, which were left out of it. */
export interface RenderedTree extends Tree {
  readonly unrendered: readonly string[]
}

/**
 * Reads files and folders: YAML and JSON as manifests, everything else as text; `-` is standard input. Files with the
 * same object, such as those of several overlays, become separate trees, each together with the files that share no
 * object.
 * @throws {UnusablePath} for a path that is missing, has nothing to examine or has to be rendered first
 */
export async function readRendered(paths: readonly string[]): Promise<RenderedTree[]> {
  const parts: Part[] = []
  const unrendered: string[] = []
  for (const path of paths) {
    if (path === '-') parts.push(partOf('stdin', await readStream(process.stdin), true))
    else if ((await kindOf(path)) === 'file') parts.push(await readOne(path))
    else if (await isKustomization(path))
      throw new UnusablePath(
        `${path}: kustomize’s source, not a rendered tree: kubectl kustomize ${path} | npx pnpm run doctor --rendered -`,
      )
    else await readFolder(path, parts, unrendered)
  }
  // For example the empty output of a failed command, which must not pass for a healthy tree.
  if (parts.every(({ manifests, files }) => manifests.length + files.length === 0))
    throw new UnusablePath(`${paths.join(', ')}: nothing to examine, no object of Kubernetes among it`)
  return separated(parts).map((each) => ({
    manifests: each.flatMap(({ manifests }) => manifests),
    files: each.flatMap(({ files }) => files),
    unrendered,
  }))
}

function separated(parts: readonly Part[]): Part[][] {
  const owners = new Map<string, Set<Part>>()
  for (const part of parts)
    for (const { kind, namespace, name } of part.manifests)
      // Rules and dashboards have no name.
      if (name !== '') {
        const key = `${kind} ${namespace}/${name}`
        owners.set(key, (owners.get(key) ?? new Set()).add(part))
      }
  const rivals = new Set([...owners.values()].filter(({ size }) => size > 1).flatMap((each) => [...each]))
  if (rivals.size === 0) return [[...parts]]
  return [...rivals].map((rival) => parts.filter((part) => part === rival || !rivals.has(part)))
}

async function kindOf(path: string): Promise<'file' | 'folder'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch {
    throw new UnusablePath(`${path}: no such file or folder`)
  }
}

async function isKustomization(folder: string): Promise<boolean> {
  return (await readdir(folder)).some((name) => KUSTOMIZATIONS.includes(name))
}

async function readFolder(folder: string, parts: Part[], unrendered: string[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true })
  const source = entries.some(({ name }) => KUSTOMIZATIONS.includes(name))
  if (source) unrendered.push(folder)
  for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !SKIPPED.includes(entry.name)) await readFolder(path, parts, unrendered)
    // Beside a kustomization, YAML may be a patch, and image names are not the final ones.
    else if (entry.isFile() && !(source && isYaml(entry.name))) parts.push(await readOne(path))
  }
}

const isYaml = (path: string): boolean => /\.(ya?ml|json)$/.test(path)

const readOne = async (path: string): Promise<Part> =>
  partOf(path, await readFile(path, 'utf8'), isYaml(path))

function partOf(path: string, text: string, yaml: boolean): Part {
  if (yaml) return { path, manifests: readManifests(text, path), files: [] }
  // Source code of other languages, pictures and the like contain nothing that a check looks for.
  const known = !/\.(ts|js|mjs|md|png|svg|lock|snap)$/.test(path) && !text.includes('\0')
  return { path, manifests: [], files: known ? [{ path, text }] : [] }
}
