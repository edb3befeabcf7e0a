import type { Logger } from '../../logger.ts'
import type { SearchIndexer } from './indexer.ts'

/** Interval between log lines on the progress. */
const PROGRESS_EVERY_MS = 5_000

/** Indexes for search what is not yet: after an update from a version without the index that is the whole store. */
export async function fillSearchIndex(indexer: SearchIndexer, log: Logger): Promise<void> {
  let lines = 0
  const startedAt = performance.now()
  await indexer.fill(({ done, total }) => {
    if (performance.now() - startedAt < (lines + 1) * PROGRESS_EVERY_MS) return
    lines++
    log.info({ done, total }, 'indexing conversations for search')
  })
}
