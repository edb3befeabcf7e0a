import { cpSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments, stringify } from 'yaml'
import { ControlPlane } from './cluster/control-plane.ts'
import { defineCustomResources } from './cluster/custom-resources.ts'
import { missingFor } from './requirements.ts'

interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string }
  [field: string]: unknown
}

const deploy = join(import.meta.dirname, '../../deploy')
/** Files below `deploy` that match, without the doctor's fixtures, which have a fault each. */
const filesOf = (pattern: string): string[] =>
  globSync(join(deploy, pattern)).filter((file) => !file.includes('/fixtures/'))
const shown = (file: string): string => relative(deploy, file)

/** The folder for the deploy repository. It renders only there, beside a copy of `deploy` in the folder `slicechat`. */
const elsewhere = join(deploy, 'argocd/notes-deploy/chat-ui')
const kustomizations = filesOf('**/kustomization.yaml').filter(
  (file) =>
    dirname(file) !== elsewhere &&
    // Components render only as parts of other kustomizations.
    /^kind: Kustomization$/m.test(readFileSync(file, 'utf8')),
)
const folders = new Set(filesOf('**/kustomization.yaml').map((file) => dirname(file)))

function manifestsOf(yaml: string): Manifest[] {
  const values = parseAllDocuments(yaml).map((document) => document.toJS() as Partial<Manifest> | null)
  return (
    values
      .filter((value) => value?.apiVersion !== undefined && value.kind !== undefined)
      // The agent's pod has no metadata, since Jenkins gives it a name and a namespace.
      .map((value) => ({ metadata: { name: 'agent', namespace: 'jenkins' }, ...value }) as Manifest)
  )
}

/** Manifests that people apply one by one: files with objects in folders without a kustomization. */
const single = filesOf('**/*.yaml').filter(
  (file) =>
    !folders.has(dirname(file)) &&
    dirname(file) !== join(deploy, 'rendered') &&
    manifestsOf(readFileSync(file, 'utf8')).length > 0,
)

describe.skipIf(missingFor('dry-run').length > 0)(
  'the API server, asked strictly and without storing',
  () => {
    let cluster: ControlPlane

    beforeAll(async () => {
      cluster = await ControlPlane.start()
      await defineCustomResources(cluster)
    })
    afterAll(() => cluster[Symbol.asyncDispose]())

    /** The API server's errors and warnings about the objects; empty if it accepts all of them. */
    async function complaints(manifests: readonly Manifest[]): Promise<string> {
      const spaces = new Set(
        manifests.map(({ metadata }) => metadata.namespace).filter((name) => name !== undefined),
      )
      // Namespaces among the manifests are stored as they are, since their labels decide which pods they accept.
      const ours = manifests.filter(({ kind }) => kind === 'Namespace')
      for (const { metadata } of ours) spaces.delete(metadata.name)
      const others = [...spaces].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }))
      for (const space of [...ours, ...others]) {
        await cluster.kubectl(['apply', '-f', '-'], stringify(space))
        // A controller would create this account, but this cluster has none. The call fails if the account exists.
        await cluster.tryKubectl(['create', 'serviceaccount', 'default', '--namespace', space.metadata.name])
      }
      const all = manifests.map((manifest) => stringify(manifest)).join('---\n')
      return (await cluster.tryKubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], all))
        .stderr
    }

    test.each(kustomizations.map((file) => shown(dirname(file))))('takes %s', async (folder) => {
      const rendered = manifestsOf(await cluster.kubectl(['kustomize', join(deploy, folder)]))
      expect(rendered.length).toBeGreaterThan(0)
      expect(await complaints(rendered)).toBe('')
    })

    test('takes what Argo CD renders from the deploy repository', async () => {
      const folder = join(cluster.box.rig, 'notes-deploy/chat-ui')
      cpSync(elsewhere, folder, { recursive: true })
      cpSync(deploy, join(folder, 'slicechat'), { recursive: true })
      const rendered = manifestsOf(await cluster.kubectl(['kustomize', folder]))
      expect(rendered.length).toBeGreaterThan(0)
      expect(await complaints(rendered)).toBe('')
    })

    test.each(filesOf('rendered/*.yaml').map(shown))('takes %s', async (file) => {
      expect(await complaints(manifestsOf(readFileSync(join(deploy, file), 'utf8')))).toBe('')
    })

    test.runIf(single.length > 0).each(single.map(shown))('takes %s', async (file) => {
      expect(await complaints(manifestsOf(readFileSync(join(deploy, file), 'utf8')))).toBe('')
    })

    // If the API server accepted these faulty manifests, the tests above would prove nothing.
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'faulty', namespace: 'default' },
      spec: { ports: [{ name: 'http', port: 80 }] },
    }
    const monitor = {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'ServiceMonitor',
      metadata: { name: 'faulty', namespace: 'default' },
      spec: { selector: {}, endpoints: [{ port: 'metrics', intervall: '10s' }] },
    }
    test.each([
      [
        'a misspelt field',
        { ...service, spec: { ...service.spec, selectors: {} } },
        'unknown field "spec.selectors"',
      ],
      ['a misspelt field of a custom resource', monitor, 'unknown field "spec.endpoints[0].intervall"'],
      [
        'a kind that it does not know',
        { ...service, apiVersion: 'v7' },
        'no matches for kind "Service" in version "v7"',
      ],
      [
        'a port out of range',
        { ...service, spec: { ports: [{ port: 99999 }] } },
        'must be between 1 and 65535',
      ],
    ])('refuses %s', async (_fault, manifest, complaint) => {
      expect(await complaints([manifest])).toContain(complaint)
    })
  },
)
