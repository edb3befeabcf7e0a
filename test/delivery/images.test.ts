import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createChatClient } from '@slicechat/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from '../stack/free-ports.ts'
import { Container } from './images/container.ts'
import { Delivery } from './images/delivery.ts'
import { Enclosure } from './images/enclosure.ts'
import { type Images, ImageStore, NAMES } from './images/image-store.ts'
import { local, startTimes } from './images/start-times.ts'
import { pushedDigests } from './pipeline/application.ts'
import { missingFor } from './requirements.ts'

const ADDED_BYTES = 15_000_000

describe.skipIf(missingFor('images').length > 0)('the images', () => {
  let enclosure: Enclosure
  let delivery: Delivery
  let store: ImageStore
  let checkout: string
  /** Digests that the registry serves, by image name. */
  let digests: Images
  /** References with these digests, by image name. */
  let images: Images
  const seconds: Record<string, string> = {}

  const timed = async (name: string, work: Promise<unknown>): Promise<void> => {
    const began = performance.now()
    await work
    seconds[name] = ((performance.now() - began) / 1000).toFixed(1)
  }
  /** A store that holds only the base images, so that a build reuses nothing of another build. */
  const emptyStore = async (name: string): Promise<[ImageStore, env: Record<string, string>]> => {
    const made = new ImageStore(enclosure, name)
    return [made, { BUILD_ARGS: await made.makeBases(), CACHE_REPOSITORY: '' }]
  }

  // Runs the stages as Jenkins does, from a commit to its digests in the deploy repository.
  beforeAll(async () => {
    enclosure = await Enclosure.open()
    delivery = await Delivery.start(enclosure)
    checkout = await delivery.checkout('checkout')
    const [made, env] = await emptyStore('images')
    store = made
    for (const stage of ['build', 'push', 'bump'])
      await timed(stage, delivery.stage(store, checkout, stage, env))
    digests = pushedDigests(checkout) as Images
    const { registry, login } = delivery.surroundings
    images = { ...digests }
    for (const name of NAMES) {
      images[name] = `${registry.host}/bootcamp/${name}@${digests[name]}`
      await store.podman('pull', '--quiet', '--tls-verify=false', `--authfile=${login}`, images[name])
    }
  }, 900_000)
  afterAll(async () => {
    console.table(seconds)
    await delivery[Symbol.asyncDispose]()
    await enclosure[Symbol.asyncDispose]()
  }, 120_000)

  test('the deploy repository has the digests that the registry serves, and renders with them', async () => {
    expect(Object.keys(digests)).toEqual(NAMES)
    const rendered = await delivery.rendered()
    for (const name of ['slicechat-web', 'slicechat-api'] as const)
      expect(rendered).toContain(`image: ${images[name]}\n`)
    expect(rendered).not.toContain('0'.repeat(64))
  })

  test('each adds at most 15 MB to its base, and says what it is', async () => {
    const added: Record<string, number> = {}
    for (const name of NAMES) {
      added[name] = await store.addedBytes(images[name])
      const image = await store.inspect<{ User: string; Labels: Record<string, string> }>(images[name])
      expect(image.User, name).toBe('65532:65532')
      expect(image.Labels).toMatchObject({
        'org.opencontainers.image.title': name,
        'org.opencontainers.image.revision': delivery.revision,
        'org.opencontainers.image.licenses': 'Apache-2.0',
      })
    }
    console.table(added)
    expect(Math.max(...Object.values(added))).toBeLessThanOrEqual(ADDED_BYTES)
  })

  test('a second build of the commit, elsewhere and from nothing, has the same digests', async () => {
    const other = await delivery.checkout('other-checkout')
    const [empty, env] = await emptyStore('other-images')
    // `slicechat` contains the bundles of all other images.
    const again = { ...env, IMAGES: 'slicechat-web slicechat', PROJECT: 'other' }
    await delivery.stage(empty, other, 'build', again)
    await delivery.stage(empty, other, 'push', again)
    const { 'slicechat-web': web, slicechat } = digests
    expect(pushedDigests(other)).toEqual({ 'slicechat-web': web, slicechat })
  }, 900_000)

  test('each answers within twenty times what a bare Node on its base takes, four processes within forty', async () => {
    const times = await startTimes(store, images)
    console.table(times)
    const bare = times['bare Node'] ?? 0
    for (const [name, milliseconds] of Object.entries(times))
      expect(milliseconds, name).toBeLessThanOrEqual((name === 'slicechat' ? 40 : 20) * bare)
  })

  test('chat goes through simulator, API and page, each in its container; SIGTERM lets an answer end', async () => {
    const [sim = 0, api = 0, metrics = 0, web = 0] = await freePorts(4)
    const loopback = { HOST: '127.0.0.1' }
    const simEnv = { SIM_HOST: '127.0.0.1', SIM_PORT: `${sim}`, SIM_DCGM_PORT: 'off' }
    const apiEnv = { ...loopback, PORT: `${api}`, METRICS_PORT: `${metrics}`, VLLM_URL: local(sim, '/v1') }
    const webEnv = { ...loopback, PORT: `${web}`, API_URL: local(api), DRAIN_TIMEOUT_S: '30' }
    await using simulator = await Container.start(store, images['slicechat-simulator'], simEnv)
    await using apiContainer = await Container.start(store, images['slicechat-api'], apiEnv)
    await using page = await Container.start(store, images['slicechat-web'], webEnv)
    const parts = [
      [simulator, 'simulator', local(sim, '/health')],
      [apiContainer, 'api', local(api, '/readyz')],
      [page, 'web', local(web, '/healthz')],
    ] as const
    for (const [container, target, health] of parts) {
      await container.untilReady(health)
      await expectLocked(container)
      await container.exec(...healthCheck(target))
    }
    expect(await (await fetch(local(web))).text()).toContain('<html')

    await using loadgen = await Container.start(
      ...([store, images['slicechat-loadgen'], {}, 'run', 'smoke', '--target', local(web)] as const),
      ...['--scrape', `api=${local(metrics, '/metrics')}`, '--scrape', `vllm=${local(sim, '/metrics')}`],
      ...['--set', 'executor.duration=3s', '--set', 'warmUp=0s', '--set', 'coolDown=0s'],
    )
    await expectUnprivileged(loadgen)
    const code = await loadgen.end()
    const said = await loadgen.logs()
    expect(said).toContain('The ledger balances.')
    // On a busy machine the load tester reports that the client was saturated, and ends with 1.
    expect(code, said).toBe(/client was saturated/i.test(said) ? 1 : 0)

    const client = createChatClient({ url: local(web) })
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
    await using container = await Container.start(store, images.slicechat, env)
    await container.untilReady(local(web, '/healthz'), local(api, '/readyz'))
    await expectLocked(container)
    await container.exec(...healthCheck('slicechat'))
    const client = createChatClient({ url: local(web) })
    const answer = client.generate({ messages: [{ role: 'user', content: '[[tokens=20]] Hello' }] })
    for await (const event of answer) if (event.type === 'finished') expect(event.reason).toBe('stop')
    client.close()
    await expect.poll(() => container.logs()).toContain('Slicechat is ready')
    expect(await container.stop()).toBe(0)
    expect(await container.logs()).toMatch(/web .*stopped[^]*api .*stopped/)
  })

  test('an API that others could reach without a key does not start, and says why', async () => {
    await using container = await Container.start(store, images['slicechat-api'], {})
    expect(await container.end()).toBe(78)
    expect(await container.logs()).toContain('set AUTH or API_KEYS, or ALLOW_ANONYMOUS=true')
  })
})

test.skipIf(missingFor('images').length > 0)(
  'what runs in an enclosure ends with whoever opened it, and the next one removes the folder',
  async () => {
    const module = JSON.stringify(join(import.meta.dirname, 'images/enclosure.ts'))
    const source = `
      import { spawn } from 'node:child_process'
      const { Enclosure } = await import(${module})
      const enclosure = await Enclosure.open()
      spawn(...enclosure.command('/', 'sleep', '12345'), { stdio: 'inherit' })
      console.log(enclosure.folder)`
    const args = ['--no-warnings', '--input-type=module', '-e', source]
    const opener = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [folder] = (await once(createInterface(opener.stdout), 'line')) as [string]
    opener.kill('SIGKILL')
    // No process holds the output open any more, so all processes in the enclosure have ended.
    await once(opener.stdout, 'close')
    expect(existsSync(folder)).toBe(true)
    await using next = await Enclosure.open()
    expect(existsSync(folder)).toBe(false)
    expect(existsSync(next.folder)).toBe(true)
  },
)

/** The command of a target's HEALTHCHECK, from the Dockerfile, since images in OCI format do not store it. */
function healthCheck(target: string): string[] {
  const stage = readFileSync('Dockerfile', 'utf8')
    .split(/^FROM \S+ AS /m)
    .find((text) => text.startsWith(`${target}\n`))
  return JSON.parse(/^HEALTHCHECK .*CMD (\[.*\])$/m.exec(stage ?? '')?.[1] ?? '[]') as string[]
}

/** Expects a container that runs as uid 65532 without any capability. */
async function expectUnprivileged(container: Container): Promise<void> {
  const status = await container.kernelStatus()
  expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m)
  for (const set of ['Prm', 'Eff', 'Bnd']) expect(status).toMatch(new RegExp(`^Cap${set}:\t0{16}$`, 'm'))
}

/** Expects a container that is unprivileged, can write only to volumes, and has no shell. */
async function expectLocked(container: Container): Promise<void> {
  await expectUnprivileged(container)
  const write = (path: string) => container.exec('node', '-e', `require('fs').writeFileSync('${path}', '')`)
  for (const path of ['/app/x', '/tmp/x', '/x']) await expect(write(path), path).rejects.toThrow(/EROFS/)
  for (const program of ['sh', 'npm', 'apt-get'])
    await expect(container.exec(program), program).rejects.toThrow(/not found/)
}
