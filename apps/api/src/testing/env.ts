/** A PostgreSQL server in which tests may make databases; unset: tests use SQLite only. */
export const TEST_DATABASE_URL: string | undefined = process.env.TEST_DATABASE_URL || undefined
