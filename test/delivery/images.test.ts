import { execFileSync } from 'node:child_process'
import { createChatClient } from '@slicechat/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from '../stack/free-ports.ts'
import { Container } from './images/container.ts'
import { imageOf, ImageStore, type Target, TARGETS } from './images/image-store.ts'
import { missingFor } from './requirements.ts'

const ADDED_BYTES = 15_000_000

describe.skipIf(missingFor('images').length > 0)('the images', () => {
  let store: ImageStore
  const ids = new Map<Target, string>()
  const figures: Record<string, string | number>[] = []

  beforeAll(async () => {
    store = new ImageStore()
    await store.makeBases()
    for (const target of TARGETS) {
      const began = performance.now()
      ids.set(target, await store.build(target, '.', '--layers'))
      const seconds = ((performance.now() - began) / 1000).toFixed(1)
      figures.push({
        image: target,
        'built in s': seconds,
        'adds MB': (await store.addedBytes(target)) / 1e6,
      })
    }
  }, 900_000)
  afterAll(async () => {
    console.table(figures)
    await store[Symbol.asyncDispose]()
  }, 120_000)

  test.for(TARGETS)('%s adds at most 15 MB to its base, and says what it is', async (target) => {
    expect(await store.addedBytes(target)).toBeLessThanOrEqual(ADDED_BYTES)
    const image = await store.inspect<{ User: string; Labels: Record<string, string> }>(imageOf(target))
    expect(image.User).toBe('65532:65532')
    expect(image.Labels).toMatchObject({
      'org.opencontainers.image.title': target === 'slicechat' ? 'slicechat' : `slicechat-${target}`,
      'org.opencontainers.image.revision': 'tested',
      'org.opencontainers.image.licenses': 'Apache-2.0',
    })
  })

  test('a second build from another checkout, with other times and modes, has the same digest', async () => {
    const context = `${store.folder}/checkout`
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'])
    execFileSync('mkdir', [context])
    execFileSync('cp', ['--parents', ...files.toString().split('\0').filter(Boolean), context])
    execFileSync('chmod', ['-R', 'g+w', context])
    // Holds the bundles of all other targets as well.
    const id = await store.build('slicechat', context, '--no-cache')
    expect(id).toBe(ids.get('slicechat'))
  }, 600_000)

  test('chat goes through simulator, API and page, each in its container; SIGTERM lets an answer end', async () => {
    const [sim = 0, api = 0, metrics = 0, web = 0] = await freePorts(4)
    const url = (port: number, path = ''): string => `http://127.0.0.1:${port}${path}`
    const local = { HOST: '127.0.0.1' }
    const simEnv = { SIM_HOST: '127.0.0.1', SIM_PORT: `${sim}`, SIM_DCGM_PORT: 'off' }
    const apiEnv = { ...local, PORT: `${api}`, METRICS_PORT: `${metrics}`, VLLM_URL: url(sim, '/v1') }
    const webEnv = { ...local, PORT: `${web}`, API_URL: url(api), DRAIN_TIMEOUT_S: '30' }
    await using simulator = await Container.start(store, 'simulator', simEnv)
    await using apiContainer = await Container.start(store, 'api', apiEnv)
    await using page = await Container.start(store, 'web', webEnv)
    const parts = [
      [simulator, 'simulator', url(sim, '/health')],
      [apiContainer, 'api', url(api, '/readyz')],
      [page, 'web', url(web, '/healthz')],
    ] as const
    for (const [container, image, health] of parts) {
      figures.push({ image, 'start to ready ms': await container.untilReady(health) })
      await expectLocked(container)
      await container.checkHealth()
    }
    expect(await (await fetch(url(web))).text()).toContain('<html')

    await using loadgen = await Container.start(
      ...([store, 'loadgen', {}, 'run', 'smoke', '--target', url(web)] as const),
      ...['--scrape', `api=${url(metrics, '/metrics')}`, '--scrape', `vllm=${url(sim, '/metrics')}`],
      ...['--set', 'executor.duration=3s', '--set', 'warmUp=0s', '--set', 'coolDown=0s'],
    )
    const code = await loadgen.end()
    const said = await loadgen.logs()
    expect(said).toContain('The ledger balances.')
    // On a busy machine it says that the client was saturated, and ends with 1.
    expect(code, said).toBe(/client was saturated/i.test(said) ? 1 : 0)

    const client = createChatClient({ url: url(web) })
    const answer = client.generate({ messages: [{ role: 'user', content: '[[tokens=200]] Hello' }] })
    let stopped: Promise<number> | undefined
    const types: string[] = []
    for await (const event of answer) {
      types.push(event.type)
      if (event.type === 'delta') stopped ??= apiContainer.stop()
      if (event.type === 'finished') expect(event).toMatchObject({ usage: { completionTokens: 200 } })
    }
    expect(types.at(-1)).toBe('finished')
    expect(await stopped).toBe(0)
    client.close()
    expect(await page.stop()).toBe(0)
    expect(await simulator.stop()).toBe(0)
  })

  test('everything in one container chats as npm start does, and ends in order', async () => {
    const [web = 0, api = 0, metrics = 0, sim = 0] = await freePorts(4)
    const ports = { WEB_PORT: `${web}`, API_PORT: `${api}`, METRICS_PORT: `${metrics}`, SIM_PORT: `${sim}` }
    const env = { HOST: '127.0.0.1', SIM_DCGM_PORT: 'off', ...ports }
    await using container = await Container.start(store, 'slicechat', env)
    const readyMs = await container.untilReady(`http://127.0.0.1:${api}/readyz`)
    figures.push({ image: 'slicechat', 'start to ready ms': readyMs })
    await container.untilReady(`http://127.0.0.1:${web}/healthz`)
    await expectLocked(container)
    await container.checkHealth()
    const client = createChatClient({ url: `http://127.0.0.1:${web}` })
    const answer = client.generate({ messages: [{ role: 'user', content: '[[tokens=20]] Hello' }] })
    for await (const event of answer) if (event.type === 'finished') expect(event.reason).toBe('stop')
    client.close()
    await expect.poll(() => container.logs()).toContain('Slicechat is ready')
    expect(await container.stop()).toBe(0)
    expect(await container.logs()).toMatch(/web .*stopped[^]*api .*stopped/)
  })

  test('an API that others could reach without a key does not start, and says why', async () => {
    await using container = await Container.start(store, 'api', {})
    expect(await container.end()).toBe(78)
    expect(await container.logs()).toContain('set API_KEYS, or ALLOW_ANONYMOUS=true')
  })
})

/** Uid 65532, no capability, nothing to write to but volumes, no shell. */
async function expectLocked(container: Container): Promise<void> {
  const status = await container.kernelStatus()
  expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m)
  expect(status).toMatch(/^Cap(Prm|Eff|Bnd):\t0{16}$/m)
  const write = (path: string) => container.exec('node', '-e', `require('fs').writeFileSync('${path}', '')`)
  for (const path of ['/app/x', '/tmp/x', '/x']) await expect(write(path), path).rejects.toThrow(/EROFS/)
  for (const program of ['sh', 'npm', 'apt-get'])
    await expect(container.exec(program), program).rejects.toThrow(/not found/)
}
