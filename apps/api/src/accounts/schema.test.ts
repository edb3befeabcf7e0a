import { getMigrations } from 'better-auth/db/migration'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { openDatabase } from '../store/database.ts'
import { authOptions } from './authentication.ts'
import { Passwords } from './passwords.ts'

test('our migration makes everything that better-auth asks for', async () => {
  const database = await openDatabase({ DATA_DIR: ':memory:' })
  const options = await authOptions(
    {
      publicUrl: 'https://chat.example',
      secret: 'x'.repeat(32),
      sessionDays: 7,
      allowedOrigins: [],
      provider: undefined,
      passwords: new Passwords(),
      isTaken: () => Promise.resolve(false),
      onSignedUp: () => Promise.resolve(),
      onSignIn: () => Promise.resolve(),
      onSignedIn: () => Promise.resolve(),
    },
    database,
    pino({ level: 'silent' }),
  )
  const { toBeCreated, toBeAdded, compileMigrations } = await getMigrations(options)
  expect({ toBeCreated, toBeAdded }).toEqual({ toBeCreated: [], toBeAdded: [] })
  expect((await compileMigrations()).replaceAll(/[;\s]/g, '')).toBe('')
  await database.destroy()
})
