import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What came of writing files. */
export interface Written {
  /** Those that are there, relative to the folder. */
  readonly files: readonly string[]
  /** A sentence for each that is not, a full disk for one. */
  readonly problems: readonly string[]
}

/**
 * Writes new files, one after the other, each whole or not at all. One that cannot be written costs none of the others,
 * nor the run: what it measured is still to be said.
 *
 * @param files by their names relative to the folder, the most precious first
 */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<Written> {
  const written: string[] = []
  const problems: string[] = []
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    try {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, content, { flag: 'wx' })
      written.push(name)
    } catch (error) {
      problems.push(problemOf(path, error))
      // Half a file only takes the room of the next.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await rm(path, { force: true }).catch(() => {})
    }
  }
  return { files: written, problems }
}

export const problemOf = (path: string, error: unknown): string =>
  `${path} could not be written (${error instanceof Error ? error.message : String(error)})`
