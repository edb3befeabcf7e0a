import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { startAccountsStack } from '../testing/accounts-stack.ts'
import { ask } from '../testing/reading.ts'
import { until } from '../testing/until.ts'

// Floods of guessed keys and passwords, beside an answer that is being made.

/** A stack in which an answer is being made and read. */
async function startAnswer() {
  const accounts = await startAccountsStack({ simulator: { itlMs: 10 } })
  const admin = await accounts.firstAdmin()
  const make = { name: 'k', scopes: ['chat'] }
  const { key } = await admin.mutate<{ key: string }>('account.keys.create', make)
  const client = accounts.stack.client({ apiKey: key })
  const answer = client.generate(ask('[[tokens=100000]]'))
  const { generationId } = await answer.ids
  let received = 0
  const reading = (async () => {
    for await (const event of answer) if (event.type === 'delta') received++
  })()
  await until(() => received > 0)
  return {
    accounts,
    admin,
    /** Pieces of text that have come so far. */
    received: () => received,
    async [Symbol.asyncDispose]() {
      await client.stop(generationId)
      await reading
      await accounts[Symbol.asyncDispose]()
    },
  }
}

test('a flood of forged keys is refused, and an answer goes on meanwhile', async () => {
  await using stack = await startAnswer()
  const { accounts, admin, received } = stack
  const statuses = new Set<number>()
  // Progress of the answer, after each batch.
  const progress = [received()]
  for (let batch = 0; batch < 6; batch++) {
    const forged = Array.from({ length: 50 }, async (_, i) => {
      const secret = i % 2 === 0 ? randomUUID().repeat(2).slice(0, 43) : 'short'
      const path = i % 4 < 2 ? '/v1/models' : '/trpc/system.status'
      const headers = { authorization: `Bearer sk-slice-${secret}` }
      const response = await fetch(`${accounts.stack.api.url}${path}`, { headers })
      await response.arrayBuffer()
      statuses.add(response.status)
    })
    await Promise.all(forged)
    progress.push(received())
  }
  expect(statuses).toEqual(new Set([401]))
  // The answer got on during the flood, and not only at its end.
  expect(new Set(progress).size).toBeGreaterThan(progress.length / 2)
  // Nobody can fill the audit log without an account.
  const { items } = await admin.query<{ items: { action: string }[] }>('admin.audit.list')
  expect(new Set(items.map(({ action }) => action))).toEqual(new Set(['sign-up', 'sign-in', 'key-made']))
})

test('an answer goes on while passwords are hashed: that work is in threads', async () => {
  await using stack = await startAnswer()
  const { accounts, received } = stack
  const progress: number[] = []
  // As many hashes as sign-ins: addresses of nobody cost one too.
  const signIns = Array.from({ length: 20 }, async (_, i) => {
    const { status } = await accounts.visitor().signIn(`nobody${i}@example.com`, 'wrong password')
    progress.push(received())
    return status
  })
  expect(new Set(await Promise.all(signIns))).toEqual(new Set([401]))
  // Text came between the ends of the hashes, which end one or two at a time.
  expect(new Set(progress).size).toBeGreaterThan(5)
})
