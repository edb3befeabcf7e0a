/** A PostgreSQL server in which tests may make databases; unset: tests use SQLite only. */
export const TEST_DATABASE_URL: string | undefined = process.env.TEST_DATABASE_URL || undefined

/** Whether tests that use one store use PostgreSQL's, as in vitest's project `postgres`. */
export const ON_POSTGRES: boolean = process.env.ON_POSTGRES === 'true'

/** The folder with a bundle of the API, as `api/main.js`; unset: it is started from its sources. */
export const TEST_PROGRAMS: string | undefined = process.env.TEST_PROGRAMS || undefined
