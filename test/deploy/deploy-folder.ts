import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Manifest, readManifests } from './manifests.ts'

/** The files of deploy/; tests can put faults into some of them. */
export class Folder {
  readonly #root: string
  readonly #changed: ReadonlyMap<string, string>

  constructor(root: string, changed: ReadonlyMap<string, string> = new Map()) {
    this.#root = root
    this.#changed = changed
  }

  text(path: string): string {
    return this.#changed.get(path) ?? readFileSync(join(this.#root, path), 'utf8')
  }

  manifests(path: string): Manifest[] {
    return readManifests(this.text(path))
  }

  tree(...paths: readonly string[]): Manifest[] {
    return paths.flatMap((path) => this.manifests(path))
  }

  /** Paths of all files except the doctor's, whose checks and fixtures contain faults. */
  paths(): string[] {
    return readdirSync(this.#root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.#root.length + 1))
      .filter((path) => !/^doctor\/|\.test\.ts$/.test(path))
  }

  /** A copy in which texts are replaced in all files, rendered ones included. */
  renamed(names: Readonly<Record<string, string>>): Folder {
    const renamed = (text: string): string =>
      Object.entries(names).reduce((changed, [from, to]) => changed.replaceAll(from, to), text)
    return new Folder(this.#root, new Map(this.paths().map((path) => [path, renamed(this.text(path))])))
  }

  /** A copy in which a text of one file is replaced. Throws if the text is not there. */
  with(path: string, from: string, to: string): Folder {
    const text = this.text(path)
    if (!text.includes(from)) throw new Error(`${path} has no ${JSON.stringify(from)} to be replaced`)
    return new Folder(this.#root, new Map([...this.#changed, [path, text.replaceAll(from, to)]]))
  }
}
