import { createHash } from 'node:crypto'
import { freshDatabase } from './database.ts'
import { ON_POSTGRES, TEST_DATABASE_URL } from './env.ts'

/** Settings that give an API its store. What was made for it is removed with its `await using` block. */
export interface SuiteStore extends AsyncDisposable {
  env: Record<string, string>
}

const AUTH_SECRET = 'a-secret-of-tests-with-32-characters-or-more'

/**
 * Decides for the whole suite where an API that a test starts has its store. With SQLite that is its `DATA_DIR`. With
 * PostgreSQL it is a fresh database; APIs with one folder as their `DATA_DIR` share one, which is dropped with the
 * suite, so that a test which starts an API again finds what it had stored.
 * @param env what the test itself sets; a `DATABASE_URL` of its own stays
 */
export async function suiteStore(env: Record<string, string>): Promise<SuiteStore> {
  const dispose = async (): Promise<void> => {}
  if (!ON_POSTGRES || TEST_DATABASE_URL === undefined || 'DATABASE_URL' in env)
    return { env: {}, [Symbol.asyncDispose]: dispose }
  const { DATA_DIR = ':memory:', AUTH } = env
  const isKept = DATA_DIR !== ':memory:'
  const name = isKept ? createHash('sha256').update(DATA_DIR).digest('hex').slice(0, 24) : undefined
  const database = await freshDatabase(TEST_DATABASE_URL, name)
  return {
    env: { DATABASE_URL: database.url, ...(AUTH === undefined ? {} : { AUTH_SECRET }) },
    [Symbol.asyncDispose]: isKept ? dispose : () => database[Symbol.asyncDispose](),
  }
}
