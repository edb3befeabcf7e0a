import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ControlPlane } from './cluster/control-plane.ts'
import { missingFor } from './requirements.ts'

const deploy = join(import.meta.dirname, '../../deploy')
const digest = `registry.example/bootcamp/slicechat-api@sha256:${'0'.repeat(64)}`

/** The fields that Pod Security `restricted` and our policies require of a container. */
const careful = {
  name: 'api',
  image: digest,
  resources: { requests: { cpu: '10m' }, limits: { memory: '64Mi' } },
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
}
const unprivileged = { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } }

const pod = (container: object, securityContext: object = unprivileged): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'candidate', namespace: 'chat' },
  spec: { automountServiceAccountToken: false, securityContext, containers: [{ ...careful, ...container }] },
})

describe.skipIf(missingFor('admission').length > 0)('an API server with our policies', () => {
  let cluster: ControlPlane

  beforeAll(async () => {
    cluster = await ControlPlane.start()
    await cluster.kubectl(['apply', '-f', join(deploy, 'base/namespace.yaml')])
    // A controller would create this account, but this cluster has no controllers.
    await cluster.kubectl(['create', 'serviceaccount', 'default', '--namespace=chat'])
    await cluster.kubectl(['apply', '-k', join(deploy, 'policies/admission')])
    // The API server loads new policies after a while, and admits everything until then.
    await cluster.until(
      'the policies are in force',
      async () => (await refusal(pod({ image: 'a:1' }))) !== '',
    )
  })
  afterAll(() => cluster[Symbol.asyncDispose]())

  const refusal = async (object: object): Promise<string> =>
    (await cluster.tryKubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(object))).stderr

  test('takes a pod as ours are', async () => {
    expect(await refusal(pod({}))).toBe('')
  })

  const deployment = (container: object): object => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'candidate', namespace: 'chat' },
    spec: {
      selector: { matchLabels: { app: 'candidate' } },
      template: {
        metadata: { labels: { app: 'candidate' } },
        spec: { securityContext: unprivileged, containers: [{ ...careful, ...container }] },
      },
    },
  })

  test.each([
    [
      'an image by its tag',
      pod({ image: 'registry.example/bootcamp/slicechat-api:latest' }),
      'named by digest',
    ],
    ['a Deployment with an image by its tag', deployment({ image: 'slicechat-api:1' }), 'named by digest'],
    ['no limit of memory', pod({ resources: { requests: { cpu: '10m' } } }), 'limit of memory'],
    ['root', pod({}, { ...unprivileged, runAsNonRoot: false, runAsUser: 0 }), 'runAsNonRoot != true'],
    ['more rights than its parent', pod({ securityContext: {} }), 'allowPrivilegeEscalation != false'],
  ])('refuses %s', async (_fault, object, complaint) => {
    expect(await refusal(object)).toContain(complaint)
  })
})
