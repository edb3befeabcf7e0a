import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { ask, readAll } from '../testing/reading.ts'
import { startStack } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

test('while the store fails answers go on, and are stored when it works again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slicechat-'))
  try {
    await using stack = await startStack({ env: { DATA_DIR: folder } })
    const client = stack.client()
    const answer = client.send({ content: '[[tokens=400]] while it fails' })
    const { conversationId, generationId } = await answer.ids
    expect(existsSync(join(folder, 'slicechat.db'))).toBe(true)
    // Another program holds the write lock.
    using other = new DatabaseSync(join(folder, 'slicechat.db'))
    other.exec('BEGIN IMMEDIATE')
    const { finished, text } = await readAll(answer)
    expect(finished.reason).toBe('stop')
    await expect(client.generate(ask('x')).ids).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    // Callers see the answer in memory.
    const { messages } = await client.api.conversations.get.query({ id: conversationId })
    expect(messages[1]).toMatchObject({ content: text, generation: { status: 'finished', reason: 'stop' } })
    expect((await readAll(client.watch(generationId))).text).toBe(text)
    other.exec('ROLLBACK')
    await until(
      () =>
        other.prepare('select content from generations where id = ?').get(generationId)?.['content'] === text,
    )
    expect((await readAll(client.generate(ask('[[tokens=2]] x')))).finished.reason).toBe('stop')
    expect((await stack.metrics()).requests()).toEqual({ success: 2, rejected: 1 })
    expect(stack.logs.some(({ msg }) => String(msg).includes('could not store'))).toBe(true)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
