import { beforeAll, expect, test } from 'vitest'
import { cutWan, joinWan } from '../cluster/tunnel.ts'
import { chat, PAGE } from './desk.ts'
import type { Rehearsal } from './rehearsal.ts'

const PAGES = ['deployment/chat-ui', '--namespace=chat']
const UPSTREAM = ['endpointslices', '--namespace=chat', '--selector=kubernetes.io/service-name=vllm-upstream']

/** Tests the overlay `ha`: several pages, one API, and a gateway whose readiness goes through the tunnel, already open. */
export function severalPagesServe(rehearsal: () => Rehearsal): void {
  beforeAll(() => rehearsal().deploy('ha'))

  const answer = async (): Promise<string | undefined> => {
    const [end] = await chat(rehearsal().cluster, { tokens: 10 })
    return end?.code ?? end?.reason
  }

  test('chats through page, API, gateway and tunnel', async () => {
    await expect.poll(answer).toBe('stop')
  })

  test('an image that does not start stops the rollout, and the pages before it serve', async () => {
    const { cluster, images } = rehearsal()
    const broken = await images.push('web', 'CMD ["/app/missing.js"]')
    await cluster.kubectl(['set', 'image', ...PAGES, `web=${broken}`])
    const status = await cluster.tryKubectl(['rollout', 'status', ...PAGES, '--timeout=20s'])
    expect(status.code).not.toBe(0)
    const counts =
      '--output=jsonpath={.status.availableReplicas} of {.spec.replicas}, {.status.updatedReplicas} new'
    expect(await cluster.kubectl(['get', ...PAGES, counts])).toBe('3 of 3, 1 new')
    await expect.poll(() => cluster.box.get('desk', PAGE)).toBe(200)
    expect(await answer()).toBe('stop')
    await cluster.kubectl(['rollout', 'undo', ...PAGES])
    await cluster.kubectl(['rollout', 'status', ...PAGES, '--timeout=120s'])
  })

  test('a dead tunnel takes the gateway out of its Service, and is back in by itself', async () => {
    const { cluster } = rehearsal()
    const ready = (): Promise<string> =>
      cluster.kubectl(['get', ...UPSTREAM, '--output=jsonpath={.items[*].endpoints[*].conditions.ready}'])
    await expect.poll(ready).toBe('true true')
    await cutWan(cluster.box)
    try {
      await expect.poll(ready).toBe('false false')
      expect(await answer()).toMatch(/^UPSTREAM_/)
    } finally {
      await joinWan(cluster.box)
    }
    await expect.poll(ready).toBe('true true')
    await expect.poll(answer).toBe('stop')
  })
}
