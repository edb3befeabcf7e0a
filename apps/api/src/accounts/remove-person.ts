import type { Role } from '@slicechat/contract'
import { CodedError } from '../errors.ts'
import type { AccountParts } from './account-parts.ts'

/**
 * Takes rights from a person, and the links that it made as an admin: by one of them it could come in again.
 * @throws {CodedError} FORBIDDEN if nobody else is an admin who may sign in
 */
export async function restrict(
  { users, invitations }: AccountParts,
  id: string,
  change: { role: Role } | { disabledAt: string },
): Promise<void> {
  if (!(await users.updateUnlessLastAdmin(id, change)))
    throw new CodedError('FORBIDDEN', 'This is the last admin. Make somebody else an admin first.')
  await invitations.removeOf({ createdBy: id })
}

/**
 * Removes a person with all that belongs to it: nobody can call in its name from the first step on, then its answers are
 * stopped, then its budgets and its rows go.
 * @throws {CodedError} FORBIDDEN for the last admin
 */
export async function removePerson(parts: AccountParts, id: string): Promise<void> {
  const { users, sessions, keys, budgets, connections, doors } = parts
  await restrict(parts, id, { disabledAt: new Date().toISOString() })
  await sessions.removeAll(id)
  connections.end({ userId: id })
  await Promise.all(doors.map((door) => door.stopAll(id)))
  for (const { id: keyId } of await keys.list(id)) await budgets.set({ kind: 'key', keyId }, null)
  await budgets.set({ kind: 'owner', owner: id }, null)
  await users.transaction((transaction) => users.remove(transaction, id))
}
