import type { GenerationIds } from '../store/generation-queries.ts'

/**
 * Writes the rows of a generation.
 * @returns what was written, or the generation that is found if writing fails though its `requestId` is there: a COMMIT was
 *   carried out and its answer got lost, or another kind of call used the same id at the same time
 */
export async function storedAnyway<T>(
  write: () => Promise<T>,
  find: () => Promise<GenerationIds | undefined>,
): Promise<{ written: T } | { found: GenerationIds }> {
  try {
    return { written: await write() }
  } catch (error) {
    const found = await find().catch(() => undefined)
    if (found === undefined) throw error
    return { found }
  }
}
