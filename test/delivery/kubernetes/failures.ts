import { beforeAll, expect, test } from 'vitest'
import { chat, PAGE } from './desk.ts'
import { PodWatch } from './pod-watch.ts'
import type { Rehearsal } from './rehearsal.ts'
import { fillVolume, makeRoom } from './volumes.ts'

const UI_PODS = '--selector=app.kubernetes.io/name=chat-ui'
const CHAT_UI = ['deployment/chat-ui', '--namespace=chat']

/** Tests the failures of a running cluster: a terminated pod, a bad image, a full volume, a node that restarts. */
export function itStandsUpTo(rehearsal: () => Rehearsal): void {
  beforeAll(() => rehearsal().deploy('simulated'))

  const rolledOut = (): Promise<string> =>
    rehearsal().cluster.kubectl(['rollout', 'status', ...CHAT_UI, '--timeout=160s'])

  test('SIGTERM with 50 streams: each comes to its end, and the next pod serves', async () => {
    const { cluster } = rehearsal()
    using watch = new PodWatch(rehearsal(), 'chat')
    const ends = await chat(cluster, {
      people: 50,
      tokens: 300,
      begun: () => cluster.kubectl(['rollout', 'restart', ...CHAT_UI]),
    })
    expect(ends).toHaveLength(50)
    for (const end of ends) expect(end).toMatchObject({ type: 'finished', reason: 'stop', tokens: 300 })
    await rolledOut()
    console.log(`A pod of page and API: ${await watch.startOf(UI_PODS)}`)
    await expect.poll(() => cluster.box.get('desk', PAGE)).toBe(200)
  })

  test('an image whose API does not start: the rollout stops and says so; the one before comes back', async () => {
    const { cluster, images } = rehearsal()
    const broken = await images.push('api', 'CMD ["/app/missing.js"]')
    await cluster.kubectl(['set', 'image', ...CHAT_UI, `api=${broken}`])
    const stopped = await cluster.tryKubectl(['rollout', 'status', ...CHAT_UI, '--timeout=20s'])
    expect(stopped.code).not.toBe(0)
    const state = '--output=jsonpath={.items[*].status.containerStatuses[?(@.name=="api")].ready}'
    expect(await cluster.kubectl(['get', 'pods', '--namespace=chat', UI_PODS, state])).toBe('false')
    // One pod writes to the store at a time (`Recreate`), so nothing serves meanwhile, as docs/operations.md says.
    expect(await cluster.box.get('desk', PAGE)).toBeUndefined()
    await cluster.kubectl(['rollout', 'undo', ...CHAT_UI])
    await rolledOut()
    expect(await chat(cluster, { tokens: 10 })).toEqual([expect.objectContaining({ reason: 'stop' })])
  })

  test('a volume without room: the pod stays and refuses what is new with a code; room heals it', async () => {
    const { cluster } = rehearsal()
    const nextAnswer = async (): Promise<string | undefined> => {
      const [end] = await chat(cluster, { tokens: 10 })
      return end?.code ?? end?.reason
    }
    await fillVolume(cluster)
    await expect.poll(nextAnswer).toBe('STORAGE_FULL')
    expect(await cluster.box.get('desk', PAGE)).toBe(200)
    const ready = '--output=jsonpath={.items[*].status.containerStatuses[*].ready}'
    expect(await cluster.kubectl(['get', 'pods', '--namespace=chat', UI_PODS, ready])).toBe('true true')
    await makeRoom(cluster)
    await expect.poll(nextAnswer).toBe('stop')
  })

  test('a node that starts anew runs its pods again, which serve', async () => {
    const { cluster, node } = rehearsal()
    await node.restart()
    await rehearsal().untilAvailable('chat')
    await expect
      .poll(() => chat(cluster, { tokens: 10 }))
      .toEqual([expect.objectContaining({ reason: 'stop' })])
  })
}
