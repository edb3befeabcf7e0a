import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { startSimulator } from '@slicechat/simulator'
import { createChatClient } from '@slicechat/client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BadUsage, storeCommand } from './store-command.ts'
import { API_MAIN, ApiProcess } from './testing/api-process.ts'
import { makeLargeStore } from './testing/large-store.ts'
import { environment } from './testing/stack.ts'

let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'slicechat-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const start = (
  args: string[],
  env: Record<string, string> = {},
): ChildProcessByStdio<null, Readable, Readable> =>
  spawn(process.execPath, ['--no-warnings', API_MAIN, 'store', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })

/** Runs the command to its end with a file as standard input or output. @returns its exit code */
async function runWith(
  stream: 0 | 1,
  file: string,
  args: string[],
  DATA_DIR: string,
): Promise<number | null> {
  const descriptor = openSync(file, stream === 0 ? 'r' : 'w')
  const child = spawn(process.execPath, ['--no-warnings', API_MAIN, 'store', ...args], {
    env: { DATA_DIR },
    stdio: stream === 0 ? [descriptor, 'ignore', 'ignore'] : ['ignore', descriptor, 'ignore'],
  })
  const [code] = (await once(child, 'close')) as [number | null]
  closeSync(descriptor)
  return code
}

/** Runs the command to its end. */
async function run(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string; errors: string }> {
  const child = start(args, env)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await ended, output, errors }
}

test('a copy that is killed goes on when it is called again, and no API starts on half of it', async () => {
  const [from, to] = [join(folder, 'from'), join(folder, 'to')]
  await makeLargeStore({ DATA_DIR: from }, { owner: 'local', conversations: 200, messagesEach: 20 })
  const copy = ['copy', '--from', `sqlite:${from}`, '--to', `sqlite:${to}`]
  const killed = start(copy)
  await new Promise<void>((resolve) => {
    killed.stderr.on('data', (bytes: Buffer) => {
      if (bytes.toString().includes('copying messages')) killed.kill('SIGKILL')
    })
    killed.once('close', () => resolve())
  })
  expect(killed.signalCode).toBe('SIGKILL')
  await using api = new ApiProcess(environment('http://127.0.0.1:1/v1', { DATA_DIR: to }))
  expect(await api.ended()).toBe(78)
  expect(api.output).toContain('a copy that was not finished')

  const { code, output } = await run(copy)
  expect(output).toContain(
    'The copy is complete, and equal to the original: 200 conversations, 2000 generations, 4000 messages',
  )
  expect(code).toBe(0)
  const again = await run(copy)
  expect(again).toMatchObject({ code: 1, errors: expect.stringContaining('not empty') as string })
}, 120_000)

test('a store in use is backed up with what was acknowledged, but neither copied nor restored', async () => {
  const data = join(folder, 'data')
  const file = join(folder, 'backup.db')
  const simulator = await startSimulator({ port: 0, ttftMs: 2, itlMs: 1 })
  const env = { DATA_DIR: data }
  {
    await using api = new ApiProcess(environment(`${simulator.url}/v1`, env))
    const client = createChatClient({ url: await api.ready() })
    for (const content of ['first', 'second']) {
      const answer = client.send({ content })
      for await (const event of answer) void event
    }
    expect(await runWith(1, file, ['backup', '-'], data)).toBe(0)
    expect(readdirSync(data).filter((name) => name.startsWith('backup'))).toEqual([])
    expect(await runWith(0, file, ['restore', '-'], data)).toBe(78)
    for (const args of [
      ['restore', file],
      ['copy', '--from', `sqlite:${data}`, '--to', `sqlite:${join(folder, 'other')}`],
    ])
      expect(await run(args, env)).toMatchObject({
        code: 78,
        errors: expect.stringContaining('is in use by another API') as string,
      })
    client.close()
  }
  const other = join(folder, 'restored')
  await makeLargeStore({ DATA_DIR: other }, { owner: 'local', conversations: 1, messagesEach: 2 })
  writeFileSync(join(folder, 'half'), readFileSync(file).subarray(0, 20_000))
  expect(await runWith(0, join(folder, 'half'), ['restore', '-'], other)).toBe(1)
  expect(await runWith(0, file, ['restore', '-'], other)).toBe(0)
  expect(readdirSync(other).filter((name) => /^backup|restor/.test(name))).toEqual([
    expect.stringContaining('before-restore') as string,
  ])
  await using api = new ApiProcess(environment(`${simulator.url}/v1`, { DATA_DIR: other }))
  const client = createChatClient({ url: await api.ready() })
  const { items } = await client.api.conversations.list.query()
  expect(items.map(({ title }) => title).sort()).toEqual(['first', 'second'])
  client.close()
  await simulator.close()
}, 120_000)

test.each([
  ['no command', []],
  ['an unknown command', ['nothing', 'x']],
  ['a backup without its file', ['backup']],
  ['two files', ['backup', 'a', 'b']],
  ['a copy without its stores', ['copy']],
  ['a copy to itself', ['copy', '--from', 'sqlite:a', '--to', 'sqlite:a']],
  ['no store', ['copy', '--from', 'mysql://a', '--to', 'sqlite:a']],
  ['an unknown option', ['copy', '--force']],
])('%s is a wrong use', async (_, args) => {
  await expect(storeCommand(args, { DATA_DIR: folder })).rejects.toThrow(BadUsage)
})
