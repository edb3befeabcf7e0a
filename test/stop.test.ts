import { createChatClient } from '@slicechat/client'
import { describe, expect, test } from 'vitest'
import { NpmRun } from './stack/npm-run.ts'

const question = { messages: [{ role: 'user' as const, content: 'Hello [[tokens=60]]' }] }
/** A description, the signal, and the process that gets it; a negative pid is a process group. */
type End = [string, NodeJS.Signals, (run: NpmRun) => number]
const killed: End = ['its script is killed', 'SIGKILL', (run) => run.pidOf('scripts/start.ts')]

// `/proc` tells which process started which.
describe.skipIf(process.platform !== 'linux').concurrent('ends in order, and nothing stays', () => {
  test.each<[string[], ...End]>([
    [['start'], ...killed],
    [['start'], 'npm is killed', 'SIGKILL', (run) => run.pid],
    // Each process gets the signal from its group and again from run.mjs. The second one must not cut the drain short.
    [['start'], 'its terminal is closed', 'SIGHUP', (run) => -run.pid],
    [['run', 'dev'], ...killed],
  ])('npm %j: %s', async (args, _end, signal, target) => {
    await using run = await NpmRun.start(args, 'Ctrl-C stops everything')
    const client = createChatClient({ url: run.apiUrl })
    let pieces = 0
    // The simulated slice needs more than a second for the answer, and less time than a drain may take.
    for await (const event of client.generate(question)) {
      if (event.type === 'delta' && pieces++ === 0) process.kill(target(run), signal)
      if (event.type === 'finished') expect(event).toMatchObject({ reason: 'stop' })
    }
    client.close()
    expect(pieces).toBeGreaterThan(0)
    await run.gone()
    expect(await run.portsInUse()).toBe(0)
    expect(run.isStoreClosed).toBe(true)
  })

  test.each<End>([
    ['run.mjs is killed', 'SIGKILL', (run) => run.pidOf('scripts/run.mjs')],
    ['npm is killed', 'SIGKILL', (run) => run.pid],
    ['npm is told to end', 'SIGTERM', (run) => run.pid],
  ])('npm run simulator: %s', async (_end, signal, target) => {
    await using run = await NpmRun.start(['run', 'simulator'], 'simulated GPU:')
    process.kill(target(run), signal)
    await run.gone()
    expect(await run.portsInUse()).toBe(0)
  })
})
