import { execFile, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { examine } from './check.ts'
import { checks } from './checks/checks.ts'
import { clusterAt } from './cluster.ts'
import { readCluster } from './live-tree.ts'
import { apiServer } from './testing/api-server.ts'

const folder = 'deploy/doctor/fixtures'
const fixtures = readdirSync(folder).flatMap((check) =>
  readdirSync(join(folder, check))
    .filter((file) => file.startsWith('cluster-'))
    .map((file) => ({ check, file, path: join(folder, check, file) })),
)
const withFault = fixtures.filter(({ file }) => file.startsWith('cluster-fault'))
const right = fixtures.filter(({ file }) => file.startsWith('cluster-right'))
const healthy = `${folder}/dead-tunnel/cluster-right.yaml`

describe('in a cluster', () => {
  test('every check that needs one has a fixture with its fault and one that is right', () => {
    for (const { id, live } of checks)
      if (live) {
        expect(withFault.map(({ check }) => check)).toContain(id)
        expect(right.map(({ check }) => check)).toContain(id)
      }
  })

  test.each(withFault)(
    '$check finds its fault in $file, and no other check does',
    async ({ check, path }) => {
      await using server = await apiServer(path)
      const tree = await readCluster(clusterAt(server.socketPath, 'chat'))
      const findings = await examine(tree, checks)
      expect([...new Set(findings.map((each) => each.check))]).toEqual([check])
    },
  )

  test.each(right)('none finds anything in the right $check/$file', async ({ path }) => {
    await using server = await apiServer(path)
    const tree = await readCluster(clusterAt(server.socketPath, 'chat'))
    expect(await examine(tree, checks)).toEqual([])
    expect(tree.cluster?.unread).toEqual([])
  })

  test('what may not be read is named, and the rest examined', async () => {
    const metrics = '/api/v1/namespaces/chat/pods/chat-ui-1:9100/proxy/metrics'
    await using server = await apiServer(healthy, { '/api/v1/secrets': 403, [metrics]: 503 })
    const tree = await readCluster(clusterAt(server.socketPath, 'chat'))
    expect(await examine(tree, checks)).toEqual([])
    expect(tree.cluster?.unread).toEqual([
      'secrets of all namespaces: forbidden',
      'metrics of pod chat-ui-1: 503; see kubectl port-forward chat-ui-1 9100',
    ])
  })

  test('a namespace that is not there is said, not taken for a healthy one', async () => {
    await using server = await apiServer(healthy)
    const tree = await readCluster(clusterAt(server.socketPath, 'chatt'))
    expect(tree.cluster?.unread).toEqual([
      'namespace chatt: there is none of that name, or it may not be read',
    ])
  })
})

const kubectl = spawnSync('kubectl', ['version', '--client']).status === 0

/** Runs the command as its users do. */
function doctor(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['deploy/doctor/main.ts', ...args], (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    )
  })
}

describe.skipIf(!kubectl)('through kubectl (skipped where it is not installed)', () => {
  test.each([
    { what: 'a healthy cluster', fixture: healthy, code: 0, says: 'No known pitfall in 2 objects' },
    {
      what: 'a dead tunnel',
      fixture: `${folder}/dead-tunnel/cluster-fault.yaml`,
      code: 1,
      says: '✗ dead-tunnel',
    },
    { what: 'nobody at the address', fixture: undefined, code: 69, says: 'cannot be read' },
  ])('$what: exit code $code', async ({ fixture, code, says }) => {
    await using server = await apiServer(fixture ?? healthy)
    const home = await mkdtemp(join(tmpdir(), 'kubeconfig-'))
    const file = join(home, 'config')
    // Nobody listens on port 9 of loopback.
    const port = fixture === undefined ? 9 : server.port
    await writeFile(
      file,
      `{apiVersion: v1, kind: Config, current-context: x, contexts: [{name: x, context: {cluster: c, user: u}}], users: [{name: u, user: {}}], clusters: [{name: c, cluster: {server: 'http://127.0.0.1:${port}'}}]}`,
    )
    const { code: exit, output } = await doctor('--kubeconfig', file)
    await rm(home, { recursive: true })
    expect(output).toContain(says)
    expect(exit).toBe(code)
    expect(server.requests.filter((each) => !each.startsWith('GET '))).toEqual([])
  })
})
