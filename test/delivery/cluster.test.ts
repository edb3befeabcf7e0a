import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { ControlPlane } from './cluster/control-plane.ts'
import { machineState } from './cluster/machine-state.ts'
import { missingFor } from './requirements.ts'

/** A process that starts one, says when it answers, and waits. */
const holder = join(import.meta.dirname, 'cluster/holder.ts')

describe.skipIf(missingFor('cluster').length > 0)('a Kubernetes of our own', () => {
  test('answers, and goes down leaving nothing', async () => {
    const before = machineState()
    {
      await using cluster = await ControlPlane.start()
      expect(await cluster.kubectl(['get', 'namespaces', '--output=name'])).toContain('namespace/default')
      // While it runs there is something to see, or the comparison below would show nothing.
      expect(machineState()).not.toEqual(before)
    }
    expect(machineState()).toEqual(before)
  })

  test.each(['the test', 'everything'])('leaves nothing when %s is killed in the middle', async (killed) => {
    const before = machineState()
    const child = spawn(process.execPath, [holder], { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout })
    const [line] = (await once(lines, 'line')) as [string]
    const { keeper } = JSON.parse(line) as { keeper: number }
    if (killed === 'everything') process.kill(keeper, 'SIGKILL')
    child.kill('SIGKILL')
    // What the keeper removes it removes by itself. What outlives it, a folder, falls to the next run.
    if (killed === 'everything') {
      await expect.poll(() => machineState().processes).toEqual(before.processes)
      await using _next = await ControlPlane.start()
    }
    await expect.poll(() => machineState()).toEqual(before)
  })
})
