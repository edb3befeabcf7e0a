import { beforeAll, expect, test } from 'vitest'
import { defineCustomResources } from '../cluster/custom-resources.ts'
import { cutTunnel, cutWan, joinWan, openTunnel } from '../cluster/tunnel.ts'
import { chat, PAGE } from './desk.ts'
import { query, startPrometheus } from './prometheus.ts'
import type { Rehearsal } from './rehearsal.ts'

/** Tests the overlay of the existing cluster: the model server is behind a WAN, and a real ssh tunnel leads to it. */
export function farModelServes(rehearsal: () => Rehearsal): void {
  beforeAll(async () => {
    const { cluster } = rehearsal()
    await openTunnel(cluster.box)
    await defineCustomResources(cluster)
    await rehearsal().deploy('cluster')
    await startPrometheus(rehearsal(), {
      'chat-api': 'chat-api.chat.svc.cluster.local:9100',
      'vllm-upstream': '10.0.24.31:30800',
      'dcgm-exporter': '10.0.24.31:30940',
    })
  })

  test('chats through Service, slice and tunnel', async () => {
    const { cluster } = rehearsal()
    await expect.poll(() => cluster.box.get('desk', PAGE)).toBe(200)
    expect(await chat(cluster, { tokens: 40 })).toEqual([
      expect.objectContaining({ type: 'finished', reason: 'stop', tokens: 40 }),
    ])
  })

  test('an answer that the tunnel loses ends with a code, and the next one comes by itself', async () => {
    const { cluster } = rehearsal()
    const [lost] = await chat(cluster, { tokens: 3000, begun: () => cutTunnel(cluster.box) })
    expect(lost).toMatchObject({ type: 'finished', reason: 'error', code: 'UPSTREAM_BROKE_OFF' })
    expect(lost?.characters).toBeGreaterThan(0)
    await expect
      .poll(() => chat(cluster, { tokens: 20 }))
      .toEqual([expect.objectContaining({ type: 'finished', reason: 'stop' })])
  })

  test('while the WAN is gone the alerts’ expressions are true; they are not before and after', async () => {
    const { cluster } = rehearsal()
    const alerts = (): Promise<number[]> =>
      query(cluster, 'ALERTS{alertname=~"SlicechatUpstreamDown|SlicechatTunnelDown"}')
    await expect.poll(() => query(cluster, 'chat_upstream_up and up{job="chat-api"}')).toEqual([1])
    await expect.poll(alerts).toEqual([])
    await cutWan(cluster.box)
    try {
      const [refused] = await chat(cluster, { tokens: 20 })
      expect(refused?.code).toBe('UPSTREAM_UNREACHABLE')
      // One series for each of the two alerts, pending for a minute and then firing.
      await expect.poll(alerts).toEqual([1, 1])
    } finally {
      await joinWan(cluster.box)
    }
    await expect.poll(alerts).toEqual([])
    const [answer] = await chat(cluster, { tokens: 20 })
    expect(answer).toMatchObject({ type: 'finished', reason: 'stop' })
  })
}
