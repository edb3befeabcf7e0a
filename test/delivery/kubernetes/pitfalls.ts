import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cutTunnel, cutWan, joinWan } from '../cluster/tunnel.ts'
import { chat } from './desk.ts'
import { doctor } from './doctor.ts'
import { query } from './prometheus.ts'
import type { Rehearsal } from './rehearsal.ts'

const deploy = join(import.meta.dirname, '../../../deploy')
const UPSTREAM = readFileSync(join(deploy, 'upstream/endpoint-slice/vllm-upstream.yaml'), 'utf8')
const SLICE = ['endpointslice/vllm-upstream-m1', '--namespace=chat']
const SERVICE = ['service/vllm-upstream', '--namespace=chat']

/** Makes the pitfalls of the first deployment (docs/pitfalls.md) in the overlay `cluster`, which is already deployed. */
export function pitfallsAreNamed(rehearsal: () => Rehearsal): void {
  const kubectl = (...args: string[]): Promise<string> => rehearsal().cluster.kubectl(args)
  /** How the next answer ends: `stop`, or the code of its error. */
  const nextAnswer = async (): Promise<string | undefined> => {
    const [end] = await chat(rehearsal().cluster, { tokens: 5 })
    return end?.code ?? end?.reason
  }
  const found = (): Promise<string[]> => doctor(rehearsal())
  /** Restores the shipped Service and slice. */
  const restore = async (): Promise<void> => {
    await kubectl('delete', ...SERVICE)
    await kubectl('delete', ...SLICE, '--ignore-not-found')
    await rehearsal().cluster.apply(UPSTREAM)
  }

  test('doctor finds nothing in the cluster as it is shipped', async () => {
    await expect.poll(nextAnswer).toBe('stop')
    await expect.poll(found).toEqual([])
  })

  const faults: [
    name: string,
    check: string,
    produce: () => Promise<unknown>,
    mend: () => Promise<unknown>,
  ][] = [
    [
      'a headless Service maps no port',
      'headless-service',
      async () => {
        await kubectl('delete', ...SERVICE)
        await rehearsal().cluster.apply(
          UPSTREAM.replace('spec:\n  ports:', 'spec:\n  clusterIP: None\n  ports:'),
        )
      },
      restore,
    ],
    [
      'port names of Service and slice that differ',
      'port-names',
      () =>
        kubectl(
          'patch',
          ...SLICE,
          '--type=json',
          '--patch=[{"op":"replace","path":"/ports/0/name","value":"web"}]',
        ),
      restore,
    ],
    [
      'a slice that Argo CD left out does not exist',
      'no-endpoints',
      () => kubectl('delete', ...SLICE),
      () => rehearsal().cluster.apply(UPSTREAM),
    ],
    [
      'a dead tunnel behind a ready Service',
      'dead-tunnel',
      () => cutWan(rehearsal().cluster.box),
      () => joinWan(rehearsal().cluster.box),
    ],
  ]
  test.each(faults)(
    '%s: the chat fails, `%s` is named, its fix heals',
    async (_name, check, produce, mend) => {
      await produce()
      try {
        // Open connections would survive the change of Service and slice, so this cuts them.
        await cutTunnel(rehearsal().cluster.box)
        await expect.poll(nextAnswer).toBe('UPSTREAM_UNREACHABLE')
        const ready = '--output=jsonpath={.items[*].status.containerStatuses[*].ready}'
        expect(await kubectl('get', 'pods', '--namespace=chat', ready)).toBe('true true')
        await expect.poll(found).toContain(check)
      } finally {
        await mend()
      }
      await expect.poll(nextAnswer).toBe('stop')
      await expect.poll(found).not.toContain(check)
    },
  )

  test('metrics that are flat until somebody chats: `flat-metrics` is named, a chat heals', async () => {
    await kubectl('rollout', 'restart', 'deployment/chat-ui', '--namespace=chat')
    await kubectl('rollout', 'status', 'deployment/chat-ui', '--namespace=chat', '--timeout=160s')
    const answers = 'sum(chat_requests_total) or vector(0)'
    await expect.poll(() => query(rehearsal().cluster, answers)).toEqual([0])
    await expect.poll(found).toContain('flat-metrics')
    expect(await nextAnswer()).toBe('stop')
    await expect.poll(() => query(rehearsal().cluster, answers)).toEqual([1])
    await expect.poll(found).not.toContain('flat-metrics')
  })

  // Argo CD does not run here: the test shows that doctor reads its objects, not what Argo CD does with them.
  test('objects of Argo CD: a password in a URL, and its warning of a slice that it leaves out, are named', async () => {
    const { cluster } = rehearsal()
    const application = readFileSync(join(deploy, 'argocd/application.yaml'), 'utf8')
    const type = 'ExcludedResourceWarning'
    const message = 'Resource discovery.k8s.io/EndpointSlice vllm-upstream-m1 is excluded in the settings'
    await cluster.kubectl(['create', 'namespace', 'argocd'])
    try {
      await cluster.apply(application)
      await expect.poll(found).toEqual([])
      await cluster.apply(
        `${application.replace(/(repoURL: https?:\/\/)/, '$1ci:secret@')}status: ${JSON.stringify({ conditions: [{ type, message }] })}\n`,
      )
      await expect.poll(found).toEqual(expect.arrayContaining(['url-password', 'argocd-exclusions']))
    } finally {
      await cluster.kubectl(['delete', 'application', 'chat-ui', '--namespace=argocd'])
      await cluster.kubectl(['delete', 'namespace', 'argocd', '--timeout=60s'])
    }
  })
}
