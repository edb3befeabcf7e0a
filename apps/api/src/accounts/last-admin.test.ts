import { expect, test } from 'vitest'
import { UserStore } from '../store/users.ts'
import { PASSWORD, startAccountsStack } from '../testing/accounts-stack.ts'
import type { PageVisitor } from '../testing/page-visitor.ts'
import { openTestDatabase, TEST_KINDS } from '../testing/database.ts'

const ROUNDS = 10
/** Needed with PostgreSQL, where there is no folder that could keep one. */

const idOf = async (visitor: PageVisitor): Promise<string> =>
  (await visitor.query<{ user: { id: string } }>('account.me')).user.id

test.each<[string, (actor: PageVisitor, id: string) => Promise<unknown>]>([
  ['demote each other', (actor, id) => actor.mutate('admin.users.setRole', { id, role: 'user' })],
  ['disable each other', (actor, id) => actor.mutate('admin.users.disable', { id })],
  ['remove each other', (actor, id) => actor.mutate('admin.users.remove', { id })],
  ['remove themselves', (actor) => actor.mutate('account.remove', { password: PASSWORD })],
])(
  'of two admins who %s at the same moment, one stays',
  async (name, act) => {
    await using accounts = await startAccountsStack()
    const one = await accounts.firstAdmin()
    const other = await accounts.person(one, 'other@example.com', 'admin')
    const [oneId, otherId] = [await idOf(one), await idOf(other)]
    const isSelf = name === 'remove themselves'
    const results = await Promise.allSettled([
      act(one, isSelf ? oneId : otherId),
      act(other, isSelf ? otherId : oneId),
    ])
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const asked = await Promise.allSettled([one, other].map((each) => each.query('admin.users.list')))
    expect(asked.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  },
  60_000,
)

test.each(TEST_KINDS)('on %s, simultaneous changes of all admins leave one', async (kind) => {
  const database = await openTestDatabase(kind)
  const users = new UserStore(database)
  const names = ['a', 'b', 'c', 'd', 'e']
  const ids = await users.transaction(async (transaction) => {
    const added: string[] = []
    for (const name of names) {
      const user = { name, email: `${name}@example.com`, emailVerified: true, role: 'admin' as const }
      added.push((await users.add(transaction, { ...user, passwordHash: 'x' })) ?? '')
    }
    return added
  })
  for (let round = 0; round < ROUNDS; round++) {
    const now = new Date().toISOString()
    const changed = await Promise.all(
      ids.map((id, index) =>
        users.updateUnlessLastAdmin(id, index % 2 === 0 ? { role: 'user' } : { disabledAt: now }),
      ),
    )
    expect(changed.filter(Boolean)).toHaveLength(names.length - 1)
    expect(await users.admins()).toBe(1)
    for (const id of ids) await users.update(undefined, id, { role: 'admin', disabledAt: null })
  }
  await database.destroy()
})
