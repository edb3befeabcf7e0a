import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startStack } from './testing/stack.ts'
import { until } from './testing/until.ts'

test('an API with RETENTION_DAYS removes at its start, counts and logs it, and tells pages of the change', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slicechat-'))
  try {
    {
      await using stack = await startStack({ env: { DATA_DIR: folder } })
      const answer = stack.client().send({ content: 'hello' })
      for await (const event of answer) void event
    }
    // A thousandth of a second is a valid, if odd, number of days.
    const env = { DATA_DIR: folder, RETENTION_DAYS: '0.00000001' }
    await using stack = await startStack({ env })
    await until(() => stack.logs.find(({ msg }) => msg === 'removed by retention'), 10_000)
    expect(stack.logs.find(({ msg }) => msg === 'removed by retention')).toMatchObject({
      conversations: 1,
      runs: 0,
    })
    const metrics = await stack.metrics()
    expect(metrics.sum('chat_retention_removed_total', { kind: 'conversation' })).toBe(1)
    expect(metrics.sum('chat_retention_removed_total', { kind: 'run' })).toBe(0)
    const { api } = stack.client()
    expect((await api.conversations.list.query()).items).toEqual([])
    expect((await api.system.status.query()).conversationsRevision).toBe(1)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
