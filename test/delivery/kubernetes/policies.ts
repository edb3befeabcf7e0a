import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { NODE } from '../cluster/node.ts'
import type { Rehearsal } from './rehearsal.ts'

const deploy = join(import.meta.dirname, '../../../deploy')

/** JavaScript of a pod that runs until it is deleted. */
const IDLE = 'setInterval(() => {}, 1e6)'
const PAGE = 'chat-ui.chat.svc.cluster.local:80'
const API = 'chat-api.chat.svc.cluster.local:4000'
const METRICS = 'chat-api.chat.svc.cluster.local:9100'
const MODEL_SERVER = 'vllm-upstream.chat.svc.cluster.local:8000'
const OFFICE = '10.0.24.40:8080'

/** Tests the NetworkPolicies of the overlay `simulated`, which is already deployed, the admission policies and GPU slices. */
export function policiesHold(rehearsal: () => Rehearsal): void {
  const strangers = [
    ['default', 'stranger'],
    ['chat', 'stranger'],
    ['monitoring', 'observer'],
  ] as const

  beforeAll(async () => {
    const { cluster, images } = rehearsal()
    const image = await images.push('simulator')
    for (const [namespace, name] of strangers) {
      await cluster.apply(JSON.stringify(rehearsal().pod(namespace, name, image, IDLE)))
      await cluster.kubectl([
        'wait',
        '--for=condition=Ready',
        `pod/${name}`,
        `--namespace=${namespace}`,
        '--timeout=90s',
      ])
    }
    cluster.box.start('office', 'desk', [
      ...[process.execPath, '-e'],
      `require('http').createServer((request, response) => response.end('office')).listen(8080)`,
    ])
    await cluster.until('the office answers', async () => {
      return (await cluster.box.get('desk', `http://${OFFICE}`)) === 200
    })
  })
  afterAll(async () => {
    const { cluster } = rehearsal()
    for (const [namespace, name] of strangers)
      await cluster.kubectl(['delete', 'pod', name, `--namespace=${namespace}`])
  })

  /** Whether a container can open a connection to an address. */
  async function reaches(
    namespace: string,
    target: string,
    container: string,
    address: string,
  ): Promise<boolean> {
    const [host, port] = address.split(':')
    // A policy drops packets or answers with an error. A time-out of 4 s is ample on one node.
    const lines = `import net from 'node:net'
      const socket = net.connect({ host: '${host}', port: ${port}, timeout: 4000 })
      const answer = await new Promise((resolve) => {
        socket.once('connect', () => resolve('open'))
        socket.once('timeout', () => resolve('dropped'))
        socket.once('error', (error) => resolve(error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN' ? 'no such name' : error.code))
      })
      console.log(answer)
      process.exit()`
    const answer = await rehearsal().inContainer(namespace, target, container, lines)
    if (answer === 'no such name') throw new Error(`${namespace}/${target} does not resolve ${host ?? ''}`)
    return answer === 'open'
  }

  describe('NetworkPolicies', () => {
    test.each([
      ['everybody reads the page', 'default', 'pod/stranger', 'node', PAGE, true],
      [
        'a stranger of another namespace does not reach the API',
        'default',
        'pod/stranger',
        'node',
        API,
        false,
      ],
      ['… nor its metrics', 'default', 'pod/stranger', 'node', METRICS, false],
      ['… nor the model server', 'default', 'pod/stranger', 'node', MODEL_SERVER, false],
      ['Prometheus’ namespace reaches the metrics', 'monitoring', 'pod/observer', 'node', METRICS, true],
      ['… and those of the model server', 'monitoring', 'pod/observer', 'node', MODEL_SERVER, true],
      ['… and not the API', 'monitoring', 'pod/observer', 'node', API, false],
      [
        'a pod of the chat’s namespace that is none of ours does not reach the API',
        'chat',
        'pod/stranger',
        'node',
        API,
        false,
      ],
      ['… nor the model server', 'chat', 'pod/stranger', 'node', MODEL_SERVER, false],
      ['… nor the office', 'chat', 'pod/stranger', 'node', OFFICE, false],
      ['the API reaches the model server', 'chat', 'deployment/chat-ui', 'api', MODEL_SERVER, true],
      ['… and not the office', 'chat', 'deployment/chat-ui', 'api', OFFICE, false],
      ['another namespace reaches the office', 'default', 'pod/stranger', 'node', OFFICE, true],
    ])('%s', async (_case, namespace, target, container, address, passes) => {
      await expect.poll(() => reaches(namespace, target, container, address)).toBe(passes)
    })

    test('without them the stranger comes in, and with them again no more', async () => {
      const { cluster } = rehearsal()
      const strangerReachesModelServer = () => reaches('default', 'pod/stranger', 'node', MODEL_SERVER)
      const all = ['networkpolicies', '--namespace=chat']
      const saved = await cluster.kubectl(['get', ...all, '--output=json'])
      await cluster.kubectl(['delete', '--all', ...all])
      await expect.poll(strangerReachesModelServer).toBe(true)
      await cluster.kubectl(['create', '-f', '-'], saved)
      await expect.poll(strangerReachesModelServer).toBe(false)
    })
  })

  test('admission refuses an image by its tag and a pod of root, and takes ours', async () => {
    const { cluster, images } = rehearsal()
    const image = await images.push('simulator')
    await cluster.kubectl(['apply', '-k', join(deploy, 'policies/admission')])
    const refusal = async (candidate: object): Promise<string> =>
      (await cluster.tryKubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(candidate))).stderr
    const candidate = (named: string): object => rehearsal().pod('chat', 'candidate', named, IDLE)
    // The API server loads new policies after a while, and admits everything until then.
    await expect.poll(() => refusal(candidate(image.replace(/@.*/, ':latest')))).toContain('named by digest')
    expect(await refusal(candidate(image))).toBe('')
    const root = JSON.stringify(candidate(image)).replace(
      /"runAsNonRoot":true,"runAsUser":65532/,
      '"runAsUser":0',
    )
    expect(await refusal(JSON.parse(root) as object)).toContain('runAsNonRoot != true')
    // New pods of our own pass admission as well.
    await cluster.kubectl(['rollout', 'restart', 'deployment/simulator', '--namespace=chat'])
    await cluster.kubectl(['rollout', 'status', 'deployment/simulator', '--namespace=chat', '--timeout=120s'])
  })

  test('a slice of the GPU runs one pod of deploy/gpu; a second stays Pending', async () => {
    const { cluster, images } = rehearsal()
    const image = await images.push('simulator')
    const capacity = '[{"op":"add","path":"/status/capacity/nvidia.com~1mig-2g.10gb","value":"1"}]'
    await cluster.kubectl([
      'patch',
      'node',
      NODE,
      '--subresource=status',
      '--type=json',
      `--patch=${capacity}`,
    ])
    const rendered = parseAllDocuments(await cluster.kubectl(['kustomize', join(deploy, 'gpu')]))
    const resources = rendered
      .map((document) => document.toJS() as Deployment)
      .find(({ kind }) => kind === 'Deployment')?.spec.template.spec.containers[0]?.resources
    expect(resources?.limits).toHaveProperty('nvidia.com/mig-2g.10gb', 1)
    const one = { 'nvidia.com/mig-2g.10gb': 1 }
    await cluster.kubectl(['create', 'namespace', 'slices'])
    const pods = ['first', 'second'].map((name) => {
      const pod = rehearsal().pod('slices', name, image, IDLE) as SlicePod
      // Only the slice: deploy/gpu also asks for memory and processors that this machine need not have.
      pod.spec.containers[0].resources = { requests: one, limits: one }
      return pod
    })
    await cluster.apply(JSON.stringify(pods[0]))
    await cluster.kubectl([
      'wait',
      '--for=condition=Ready',
      'pod/first',
      '--namespace=slices',
      '--timeout=60s',
    ])
    await cluster.apply(JSON.stringify(pods[1]))
    const why = '--output=jsonpath={.status.phase}: {.status.conditions[?(@.type=="PodScheduled")].message}'
    await expect
      .poll(() => cluster.kubectl(['get', 'pod', 'second', '--namespace=slices', why]))
      .toMatch(/^Pending: .*Insufficient nvidia\.com\/mig-2g\.10gb/)
    // The second pod runs once the slice is free.
    await cluster.kubectl(['delete', 'pod', 'first', '--namespace=slices'])
    await cluster.kubectl([
      'wait',
      '--for=condition=Ready',
      'pod/second',
      '--namespace=slices',
      '--timeout=60s',
    ])
    await cluster.kubectl(['delete', 'namespace', 'slices', '--timeout=60s'])
  })
}

interface Deployment {
  kind: string
  spec: { template: { spec: { containers: { resources: { limits: Record<string, unknown> } }[] } } }
}

interface SlicePod {
  spec: { containers: [{ resources: object }] }
}
