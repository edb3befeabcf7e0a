// Argo CD itself deploys the overlay `cluster` from a deploy repository that the pipeline writes to.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ArgoCd } from './argocd/argo-cd.ts'
import { DeployRepository } from './argocd/deploy-repository.ts'
import { defineCustomResources } from './cluster/custom-resources.ts'
import { openTunnel } from './cluster/tunnel.ts'
import { chat, PAGE } from './kubernetes/desk.ts'
import { doctor } from './kubernetes/doctor.ts'
import { Rehearsal } from './kubernetes/rehearsal.ts'
import { provideVolume } from './kubernetes/volumes.ts'
import { missingFor } from './requirements.ts'

const SLICE = ['endpointslice', 'vllm-upstream-m1', '--namespace=chat']
const CHAT_UI = ['deployment', 'chat-ui', '--namespace=chat']

describe.skipIf(missingFor('argocd').length > 0)('Argo CD', () => {
  let rehearsal: Rehearsal
  let repository: DeployRepository
  let argocd: ArgoCd
  /** The image of the page that is deployed first. */
  let web: string
  const kubectl = (...args: string[]): Promise<string> => rehearsal.cluster.kubectl(args)
  const seconds = async (work: () => Promise<unknown>): Promise<string> => {
    const began = performance.now()
    await work()
    return `${((performance.now() - began) / 1000).toFixed(1)} s`
  }
  const synced = (): Promise<void> =>
    expect
      .poll(() => argocd.state(), { timeout: 240_000 })
      .toMatchObject({ sync: 'Synced', health: 'Healthy' })
  const nextAnswer = async (): Promise<string | undefined> => {
    const [end] = await chat(rehearsal.cluster, { tokens: 5 })
    return end?.code ?? end?.reason
  }
  /** Whether the page answers, and its only pod is ready and runs an image. */
  const serves = async (image: string): Promise<boolean> => {
    const status =
      '{.spec.containers[?(@.name=="web")].image} {.status.conditions[?(@.type=="Ready")].status}'
    const pods = await kubectl(
      'get',
      'pods',
      '--namespace=chat',
      `--output=jsonpath={range .items[*]}${status};{end}`,
    )
    return pods === `${image} True;` && (await rehearsal.cluster.box.get('desk', PAGE)) === 200
  }

  beforeAll(async () => {
    rehearsal = await Rehearsal.start()
    const { cluster, images } = rehearsal
    await openTunnel(cluster.box)
    await defineCustomResources(cluster)
    await provideVolume(cluster)
    repository = await DeployRepository.start(cluster)
    web = await images.push('web')
    await repository.bump([web, await images.push('api')])
    argocd = await ArgoCd.start(cluster, repository)
  })
  // `rehearsal` is undefined if its start failed.
  afterAll(async () => (rehearsal as Rehearsal | undefined)?.[Symbol.asyncDispose]())

  test('a Secret for another spelling of the URL: the repository is refused, `repository-url` is named', async () => {
    await argocd.trust(repository.url.replace('http://', 'http://somebody@'))
    await argocd.deploy()
    await expect
      .poll(async () => (await argocd.state()).conditions, { timeout: 120_000 })
      .toMatch(/ComparisonError.*(authentication required|credentials|terminal prompts disabled)/i)
    expect((await argocd.state()).sync).toBe('Unknown')
    // There is no Prometheus here, and no namespace `chat` yet.
    expect(await doctor(rehearsal, { partly: true })).toContain('repository-url')
  })

  test('the right Secret heals it over plain HTTP; all is Healthy, but the slice is left out and no answer comes', async () => {
    await argocd.trust()
    // Argo CD then tries the repository again at once, instead of waiting after the refusal.
    await argocd.refresh()
    await synced()
    expect((await argocd.state()).conditions).toMatch(/ExcludedResourceWarning.*EndpointSlice/)
    await expect(kubectl('get', ...SLICE)).rejects.toThrow(/not found/)
    await expect.poll(() => rehearsal.cluster.box.get('desk', PAGE)).toBe(200)
    expect(await nextAnswer()).toBe('UPSTREAM_UNREACHABLE')
    const found = await doctor(rehearsal, { partly: true })
    expect(found).toEqual(expect.arrayContaining(['argocd-exclusions', 'no-endpoints']))
    expect(found).not.toContain('repository-url')
  })

  test('our settings heal that: the slice is there, and people chat', async () => {
    await argocd.configure()
    const slice = async (): Promise<string> => {
      await argocd.refresh()
      return kubectl('get', ...SLICE).catch(() => '')
    }
    await expect.poll(slice, { interval: 3000, timeout: 120_000 }).toContain('10.0.24.31')
    await synced()
    await expect.poll(nextAnswer).toBe('stop')
    await expect.poll(() => doctor(rehearsal, { partly: true })).toEqual([])
  })

  test('what somebody deletes or edits by hand comes back', async () => {
    const address = '--output=jsonpath={.endpoints[0].addresses[0]}'
    await kubectl('delete', ...SLICE)
    const created = await seconds(() =>
      expect.poll(() => kubectl('get', ...SLICE, address).catch(() => '')).toBe('10.0.24.31'),
    )
    const elsewhere = '[{"op":"replace","path":"/endpoints/0/addresses","value":["10.0.24.99"]}]'
    await kubectl('patch', ...SLICE, '--type=json', `--patch=${elsewhere}`)
    const edited = await seconds(() =>
      expect.poll(() => kubectl('get', ...SLICE, address)).toBe('10.0.24.31'),
    )
    await kubectl('scale', ...CHAT_UI, '--replicas=0')
    const scaled = await seconds(() =>
      expect.poll(() => kubectl('get', ...CHAT_UI, '--output=jsonpath={.spec.replicas}')).toBe('1'),
    )
    console.log(
      `Argo CD heals a slice deleted: ${created}, edited: ${edited}, a Deployment scaled to none: ${scaled}`,
    )
    await synced()
    await expect.poll(nextAnswer).toBe('stop')
  })

  test('a digest that the pipeline pushes is served within a minute, told by Gitea’s message; a revert goes back', async () => {
    expect(await serves(web)).toBe(true)
    const image = await rehearsal.images.push('web', 'LABEL example.second=true')
    expect(image).not.toBe(web)
    await repository.bump([image])
    const rolledOut = await seconds(async () => {
      expect(await repository.announce(argocd.url)).toBe(200)
      await expect.poll(() => serves(image), { interval: 200, timeout: 120_000 }).toBe(true)
    })
    console.log(`A pushed digest is served after ${rolledOut}`)
    expect(Number.parseFloat(rolledOut)).toBeLessThanOrEqual(60)

    await repository.revert()
    await repository.announce(argocd.url)
    await expect.poll(() => serves(web), { timeout: 120_000 }).toBe(true)
    await synced()
    await expect.poll(nextAnswer).toBe('stop')
  })

  test('a message that Gitea did not sign is refused', async () => {
    expect(await repository.announce(argocd.url, 'another secret')).toBe(400)
  })
})
