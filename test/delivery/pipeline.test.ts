import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freePorts } from '../stack/free-ports.ts'
import { startReverseProxy } from '../stack/reverse-proxy.ts'
import { author, git, pushedDigests, stored } from './pipeline/application.ts'
import { watchProcesses } from './pipeline/process-arguments.ts'
import { type Case, kustomization, newCommit, Rehearsal, subjects } from './pipeline/rehearsal.ts'
import { type Ended, run, runStages } from './pipeline/stages.ts'
import { SECRETS } from './pipeline/surroundings.ts'
import { missingFor } from './requirements.ts'

describe.skipIf(missingFor('pipeline').length > 0)('the pipeline', () => {
  let rehearsal: Rehearsal
  let at: Case
  beforeAll(async () => {
    rehearsal = await Rehearsal.start()
  })
  afterAll(() => rehearsal[Symbol.asyncDispose]())
  beforeEach(async () => {
    at = await rehearsal.newCase()
  })

  test('leads from a commit to its digests in the deploy repository, once, and shows no password', async () => {
    const { registry } = rehearsal
    const all = ['build', 'push', 'bump']
    const revision = await newCommit(at.app, 1_800_000_050)
    const seen = watchProcesses()
    const first = await rehearsal.finish(0, at.app, all)
    const digests = pushedDigests(at.app)
    expect(Object.keys(digests)).toEqual(['slicechat-web', 'slicechat-api'])
    const after = await kustomization(at)
    for (const [image, digest] of Object.entries(digests)) {
      const entry = `- digest: ${digest}\n  name: ${image}\n  newName: ${registry.host}/bootcamp/${image}`
      expect(after).toContain(entry)
      expect(await registry.manifest(`bootcamp/${image}`, digest)).toBe(200)
      expect(await registry.manifest(`bootcamp/${image}`, revision)).toBe(200)
    }
    // Entries that are not ours stay as they were.
    expect(after).toContain(`- digest: sha256:${'1'.repeat(64)}\n  name: nginx\n`)
    expect(after).toContain('# The overlay that Argo CD renders.')
    expect(await stored(at.deploy, 'chat-ui/release.env')).toContain(`GIT_COMMIT=${revision}`)

    const second = await rehearsal.finish(0, at.app, all)
    expect(second).toContain('Nothing to do')
    expect(await subjects(at)).toEqual([`chat-ui: slicechat at ${revision.slice(0, 12)}`, 'Deployment'])

    const messages = await git(at.deploy, 'log', '--format=%B', 'main')
    const shown = [first, second, messages, ...seen.stop()]
    for (const secret of SECRETS) expect(shown.filter((text) => text.includes(secret))).toEqual([])
  })

  test.each([
    {
      times: 1,
      code: 0,
      said: 'another follows',
      after: [expect.stringMatching(/^chat-ui: /), 'Else', 'Deployment'],
    },
    {
      times: 9,
      code: 32,
      said: 'REPOSITORY_CONTESTED',
      after: ['Else', 'Else', 'Else', 'Else', 'Deployment'],
    },
  ])(
    'edits again when the deploy repository moves on, $times times',
    async ({ times, code, said, after }) => {
      let moves = 0
      await using gate = await startReverseProxy(rehearsal.git.url, (request) => {
        if (isPush(request, 'GET') && moves < times) moveOn(at.elsewhere, `${++moves}`)
        return true
      })
      const env = { DEPLOY_REPOSITORY: at.url(gate.url) }
      expect(await rehearsal.finish(code, at.app, ['bump'], env)).toContain(said)
      expect(await subjects(at)).toEqual(after)
    },
  )

  test.each(['older', 'newer'])(
    'of two pipelines at once the newer commit stays when the %s pushes first',
    async (winner) => {
      const checkouts = { older: rehearsal.pushed, newer: at.app }
      const newest = await newCommit(at.app, 1_800_000_100)
      await rehearsal.finish(0, at.app, ['build', 'push'])
      // The second pipeline reads the branch before the first one pushes, and pushes after it.
      const told = Promise.withResolvers<void>()
      const done = Promise.withResolvers<void>()
      let attempts = 0
      await using first = await startReverseProxy(rehearsal.git.url, async (request, response) => {
        if (isPush(request, 'POST')) {
          await told.promise
          response.on('close', done.resolve)
        }
        return true
      })
      await using second = await startReverseProxy(rehearsal.git.url, async (request, response) => {
        if (isPush(request, 'GET')) response.on('close', told.resolve)
        if (isPush(request, 'POST')) {
          attempts++
          await done.promise
        }
        return true
      })
      const bump = (each: 'older' | 'newer'): Promise<string> => {
        const gate = each === winner ? first : second
        return rehearsal.finish(0, checkouts[each], ['bump'], { DEPLOY_REPOSITORY: at.url(gate.url) })
      }
      await Promise.all([bump('older'), bump('newer')])
      expect(attempts).toBeGreaterThan(0)
      const after = await kustomization(at)
      for (const digest of Object.values(pushedDigests(at.app))) expect(after).toContain(digest)
      expect(await stored(at.deploy, 'chat-ui/release.env')).toContain(newest)
    },
  )

  test('ends with REGISTRY_UNREACHABLE when the registry goes during a push, and the next run completes it', async () => {
    const { registry } = rehearsal
    let uploads = 0
    await using gate = await startReverseProxy(`http://${registry.host}`, async (request, response) => {
      // Each image has two blobs: its layer and its configuration.
      if (request.method !== 'PATCH' || ++uploads < 3) return true
      response.destroy()
      await gate.close()
      return false
    })
    const revision = await newCommit(at.app, 1_800_000_050)
    await rehearsal.finish(0, at.app, ['build'])
    const { host } = new URL(gate.url)
    const through = { REGISTRY: host, INSECURE_REGISTRY: host, RETRIES: '1' }
    const broken = await rehearsal.finish(20, at.app, ['push', 'bump'], through)
    expect(broken).toContain('REGISTRY_UNREACHABLE')
    // The first image is whole, the image whose push broke has no tag, and `bump` has no digests to write.
    expect(await registry.manifest('bootcamp/slicechat-web', revision)).toBe(200)
    expect(await registry.manifest('bootcamp/slicechat-api', revision)).toBe(404)
    expect(readdirSync(join(at.app, 'build/pipeline'))).not.toContain('digests')
    await rehearsal.finish(64, at.app, ['bump'])
    expect(await subjects(at)).toEqual(['Deployment'])

    await rehearsal.finish(0, at.app, ['push', 'bump'])
    expect(await registry.manifest('bootcamp/slicechat-api', revision)).toBe(200)
  })

  test('pin.sh sets the digests of tags, and leaves a file alone when a tag is unknown', async () => {
    const { registry, environment, login } = rehearsal
    const tag = await git(rehearsal.pushed, 'rev-parse', 'HEAD')
    const image = `${registry.host}/bootcamp/slicechat-web:${tag}`
    const zeros = `sha256:${'0'.repeat(64)}`
    const file = join(rehearsal.folder, 'images.yaml')
    const pin = async (text: string, env: Record<string, string>): Promise<[string, Ended]> => {
      writeFileSync(file, text)
      const script = join(rehearsal.pushed, 'deploy/pipeline/pin.sh')
      const ended = await run('sh', [script, 'images.yaml'], rehearsal.folder, { ...environment, ...env })
      return [readFileSync(file, 'utf8'), ended]
    }
    const loggedIn = { REGISTRY_AUTH_FILE: login, RETRIES: '0' }
    const [pinned, { output }] = await pin(`image: ${image}@${zeros}\nother: nginx@${zeros}\n`, loggedIn)
    const digest = pushedDigests(rehearsal.pushed)['slicechat-web'] ?? ''
    expect(pinned, output).toBe(`image: ${image}@${digest}\nother: nginx@${zeros}\n`)

    const unknown = `image: ${image}1@${zeros}\n`
    expect(await pin(unknown, loggedIn)).toMatchObject([unknown, { code: 64 }])
    const noLogin = { RETRIES: '0', REGISTRY_AUTH_FILE: join(rehearsal.folder, 'no-login.json') }
    writeFileSync(noLogin.REGISTRY_AUTH_FILE, '{}')
    const known = `image: ${image}@${zeros}\n`
    expect(await pin(known, noLogin)).toMatchObject([known, { code: 21 }])
  })

  test('each fault of the surroundings has an end of its own, and changes nothing', async () => {
    const { url } = rehearsal.git
    const [closed = 0] = await freePorts(1)
    const nowhere = `127.0.0.1:${closed}`
    const away = { REGISTRY: nowhere, INSECURE_REGISTRY: nowhere, RETRIES: '0' }
    const nobody = { DEPLOY_REPOSITORY: `http://${nowhere}/deploy.git`, RETRIES: '0' }
    const withUser = at.url(url.replace('//', '//user:secret@'))
    const noFile = { REGISTRY_PASSWORD: '', REGISTRY_PASSWORD_FILE: join(at.app, 'absent') }
    const cases: [string, Record<string, string>, number, string][] = [
      ['bump', { GIT_PASSWORD: 'wrong' }, 31, 'REPOSITORY_REFUSED'],
      ['bump', nobody, 30, 'REPOSITORY_UNREACHABLE'],
      ['bump', { DEPLOY_REPOSITORY: `${url}/absent.git` }, 31, 'is absent'],
      ['bump', { DEPLOY_REPOSITORY: withUser }, 64, 'has a user in it'],
      ['bump', { DEPLOY_BRANCH: 'absent' }, 64, 'has no branch'],
      ['bump', { DEPLOY_PATH: 'absent' }, 33, 'has no folder'],
      ['bump', { DEPLOY_PATH: '../elsewhere' }, 64, 'DEPLOY_PATH is'],
      ['bump', { GIT_COMMIT: '0'.repeat(40), SOURCE_DATE_EPOCH: '1' }, 64, 'another commit'],
      // These come after the cases of `bump`, since a failed push removes the digests that `bump` needs.
      ['push', { REGISTRY_PASSWORD: 'wrong' }, 21, 'REGISTRY_REFUSED'],
      ['push', away, 20, 'REGISTRY_UNREACHABLE'],
      // Plain HTTP is used only for the registry that INSECURE_REGISTRY names.
      ['push', { INSECURE_REGISTRY: '', RETRIES: '0' }, 20, 'HTTPS'],
      ['push', { REGISTRY_PASSWORD: '' }, 64, 'REGISTRY_PASSWORD'],
      ['push', { REGISTRY: 'http://registry.example' }, 64, 'REGISTRY is'],
      ['push', noFile, 64, 'cannot be read'],
      ['build', { BUILDER: 'docker' }, 64, 'BUILDER is'],
      ['build', { BUILDER: 'kaniko' }, 69, '/kaniko/executor'],
      ['scan', {}, 69, 'trivy'],
    ]
    for (const [stage, faults, code, said] of cases) {
      const ended = await runStages(at.app, [stage], { ...rehearsal.environment, ...faults })
      expect.soft(`${stage} ${ended.code ?? 'killed'}: ${ended.output}`).toContain(said)
      expect.soft(ended.code, ended.output).toBe(code)
    }
    expect(await subjects(at)).toEqual(['Deployment'])
  })
})

/** Pushes another person's commit to the deploy repository while a request waits. */
function moveOn(checkout: string, content: string): void {
  writeFileSync(join(checkout, 'README'), content)
  for (const command of ['add README', 'commit --quiet --message Else', 'push --quiet origin main']) {
    const done = spawnSync('git', command.split(' '), { cwd: checkout, env: { ...process.env, ...author } })
    if (done.status !== 0) throw new Error(done.stderr.toString())
  }
}

/** Whether a request belongs to a push: git first reads where the branches are (`GET`), and then pushes (`POST`). */
function isPush({ method, url = '', headers }: IncomingMessage, wanted: 'GET' | 'POST'): boolean {
  // git sends its first request without the password; that one does not count.
  return method === wanted && headers.authorization !== undefined && url.includes('git-receive-pack')
}
