import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { ControlPlane } from './cluster/control-plane.ts'
import { machineState } from './cluster/machine-state.ts'
import { KubernetesNode } from './cluster/node.ts'
import { missingFor } from './requirements.ts'

/** A process that starts a cluster with a node, says when it is ready, and waits. */
const holder = join(import.meta.dirname, 'cluster/holder.ts')

describe.skipIf(missingFor('cluster').length > 0)('a Kubernetes of our own', () => {
  test('runs a pod, and goes down leaving nothing', async () => {
    const before = machineState()
    {
      await using cluster = await ControlPlane.start()
      await KubernetesNode.join(cluster)
      // CoreDNS runs as a pod.
      expect(await cluster.kubectl(['get', 'pods', '--all-namespaces'])).toMatch(/coredns-\S+ +1\/1 +Running/)
      // A running cluster must be visible in the state, or the comparison below would prove nothing.
      const during = machineState()
      for (const kind of ['processes', 'rigs'] as const) expect(during[kind]).not.toEqual(before[kind])
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
    // A living keeper removes everything. A killed one leaves a folder and empty control groups, which the next run removes.
    if (killed === 'everything') {
      await expect.poll(() => machineState().processes).toEqual(before.processes)
      expect(machineState().rigs).not.toEqual(before.rigs)
      await using _next = await ControlPlane.start()
    }
    await expect.poll(() => machineState()).toEqual(before)
  })
})
