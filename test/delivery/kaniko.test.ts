// Kaniko builds the Dockerfile in a pod, by the stage that Jenkins runs, and a built image serves.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NODE_ADDRESS } from './cluster/control-plane.ts'
import { pushKaniko } from './kaniko/kaniko-image.ts'
import { startRegistryProxy } from './kaniko/registry-proxy.ts'
import { REGISTRY } from './kubernetes/images.ts'
import { Rehearsal } from './kubernetes/rehearsal.ts'
import { pushedDigests } from './pipeline/application.ts'
import { missingFor } from './requirements.ts'

const repository = join(import.meta.dirname, '../..')
const PROXY = `http://${NODE_ADDRESS}:3128`
const IMAGES = ['slicechat-simulator', 'slicechat']

describe.skipIf(missingFor('kaniko').length > 0)('Kaniko in a pod', () => {
  let rehearsal: Rehearsal
  /** A checkout of the last commit. */
  let checkout: string
  let revision: string
  let time: string
  let bases: Record<string, string>
  let kaniko: string
  const kubectl = (...args: string[]): Promise<string> => rehearsal.cluster.kubectl(args)

  beforeAll(async () => {
    rehearsal = await Rehearsal.start()
    const { cluster, images } = rehearsal
    const socket = join(cluster.box.rig, 'npm.sock')
    ;(await startRegistryProxy(socket)).unref()
    const proxy = join(import.meta.dirname, 'kaniko/registry-proxy.ts')
    cluster.startPart('proxy', [process.execPath, '--no-warnings', proxy, socket, NODE_ADDRESS, '3128'])
    bases = await images.pushBases({ HTTPS_PROXY: PROXY })
    kaniko = await pushKaniko(images)
    checkout = join(cluster.box.rig, 'checkout')
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: repository, encoding: 'utf8' }).trim()
    git('clone', '--quiet', '--no-local', repository, checkout)
    revision = git('rev-parse', 'HEAD')
    time = git('show', '--no-patch', '--format=%ct', 'HEAD')
    await kubectl('create', 'namespace', 'ci')
  })
  // `rehearsal` is undefined if its start failed.
  afterAll(async () => (rehearsal as Rehearsal | undefined)?.[Symbol.asyncDispose]())

  /** The parameters that Jenkins gives the stages. @param name of the output folder */
  function parameters(name: string): Record<string, string> {
    const certificates = '/etc/ssl/certs/ca-certificates.crt'
    const builds = { ...bases, NODE_EXTRA_CA_CERTS: certificates, HTTPS_PROXY: PROXY }
    return {
      REGISTRY,
      INSECURE_REGISTRY: REGISTRY,
      IMAGES: IMAGES.join(' '),
      GIT_COMMIT: revision,
      SOURCE_DATE_EPOCH: time,
      OUT: `build/${name}`,
      BUILD_ARGS: Object.entries(builds)
        .map(([key, value]) => `${key}=${value}`)
        .join('\n'),
    }
  }

  /** A pod that runs the stage `build`. */
  function builder(name: string): object {
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'ci' },
      spec: {
        restartPolicy: 'Never',
        automountServiceAccountToken: false,
        containers: [
          {
            name: 'kaniko',
            image: kaniko,
            // As in deploy/pipeline/agent.yaml: root, since it unpacks images into its own root folder.
            securityContext: { runAsUser: 0, runAsGroup: 0 },
            command: ['/busybox/sh', 'deploy/pipeline/run.sh', 'build'],
            workingDir: '/workspace',
            env: Object.entries(parameters(name)).map(([key, value]) => ({ name: key, value })),
            volumeMounts: [{ name: 'workspace', mountPath: '/workspace' }],
          },
        ],
        volumes: [{ name: 'workspace', hostPath: { path: checkout } }],
      },
    }
  }

  /** Runs such a pod to its end. @returns its duration in seconds */
  async function build(name: string): Promise<number> {
    const began = performance.now()
    await rehearsal.cluster.apply(JSON.stringify(builder(name)))
    const phase = (): Promise<string> =>
      kubectl('get', 'pod', name, '--namespace=ci', '--output=jsonpath={.status.phase}')
    await expect.poll(phase, { timeout: 1_500_000, interval: 1000 }).toMatch(/Succeeded|Failed/)
    const log = await kubectl('logs', name, '--namespace=ci', '--tail=40')
    expect(await phase(), log).toBe('Succeeded')
    return (performance.now() - began) / 1000
  }

  /** The digests that a build wrote to its output folder. */
  const built = (name: string): string[] =>
    IMAGES.map((image) => readFileSync(join(checkout, 'build', name, `${image}.built`), 'utf8').trim())

  test('builds targets of the Dockerfile, which serve when they are pushed', async () => {
    const { cluster } = rehearsal
    console.log(`Kaniko built ${IMAGES.join(' and ')} in ${(await build('first')).toFixed(0)} s`)
    const push = ['env', `--chdir=${checkout}`, 'sh', 'deploy/pipeline/run.sh', 'push']
    const { code, stderr } = await cluster.box.run('node', push, { env: parameters('first') })
    expect(code, stderr).toBe(0)
    const digest = pushedDigests(checkout, 'build/first')['slicechat']
    const image = `registry.example/bootcamp/slicechat@${digest}`
    const spec = { containers: [{ name: 'slicechat', image }], terminationGracePeriodSeconds: 0 }
    await cluster.apply(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'slicechat', namespace: 'ci' },
        spec,
      }),
    )
    await kubectl('wait', '--for=condition=Ready', 'pod/slicechat', '--namespace=ci', '--timeout=90s')
    const address = await kubectl(
      'get',
      'pod',
      'slicechat',
      '--namespace=ci',
      '--output=jsonpath={.status.podIP}',
    )
    await expect.poll(() => cluster.box.get('node', `http://${address}:3000/healthz`)).toBe(200)
    await expect.poll(() => kubectl('logs', 'slicechat', '--namespace=ci')).toContain('Slicechat is ready')
  }, 1_800_000)

  test('builds them again from the layers that the registry keeps, with the same digests', async () => {
    console.log(`Kaniko built them again in ${(await build('second')).toFixed(0)} s`)
    expect(built('second')).toEqual(built('first'))
  }, 1_800_000)
})
