import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** The result of writing files. */
export interface Written {
  /** Files that were written, relative to the folder. */
  readonly files: readonly string[]
  /** A sentence for each file that could not be written, for example because the disk is full. */
  readonly problems: readonly string[]
}

/**
 * Writes new files one after the other, each completely or not at all. A file that cannot be written stops
 * neither the other files nor the run, whose results have yet to be reported.
 * @param files contents by name relative to the folder, the most important first
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
      // Half a file only takes space from the next.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await rm(path, { force: true }).catch(() => {})
    }
  }
  return { files: written, problems }
}

export const problemOf = (path: string, error: unknown): string =>
  `${path} could not be written (${error instanceof Error ? error.message : String(error)})`
