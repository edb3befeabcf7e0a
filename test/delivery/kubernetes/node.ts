import { expect, test } from 'vitest'
import type { Rehearsal } from './rehearsal.ts'

/** Tests that pods run, names resolve and Services lead to pods, for a pod and for the office. */
export function aNodeRunsPods(rehearsal: () => Rehearsal): void {
  test('a pod resolves the name of a Service and reaches the pod behind it; so does the office through a NodePort', async () => {
    const { cluster, images } = rehearsal()
    const image = await images.push('simulator')
    const listening = `import http from 'node:http'
      http.createServer((request, response) => response.end('hello ' + request.url)).listen(8080)`
    const asking = `console.log(await (await fetch('http://greeter.greetings.svc.cluster.local/you')).text())`
    await cluster.kubectl(['create', 'namespace', 'greetings'])
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'greeter', namespace: 'greetings' },
      spec: {
        type: 'NodePort',
        selector: { app: 'greeter' },
        ports: [{ port: 80, targetPort: 8080, nodePort: 30123 }],
      },
    }
    const pods = [
      rehearsal().pod('greetings', 'greeter', image, listening, { app: 'greeter' }),
      // The guest tries again and again, since connections are refused until the greeter listens.
      rehearsal().pod('greetings', 'guest', image, `for (;;) try { ${asking}; break } catch {}`),
    ]
    await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [service, ...pods] }))
    const finished = ['--for=jsonpath={.status.phase}=Succeeded', 'pod/guest', '--timeout=90s']
    await cluster.kubectl(['wait', ...finished, '--namespace=greetings'])
    expect(await cluster.kubectl(['logs', 'guest', '--namespace=greetings'])).toBe('hello /you\n')
    expect(await cluster.box.get('desk', 'http://10.0.24.28:30123')).toBe(200)
    await cluster.kubectl(['delete', 'namespace', 'greetings', '--timeout=60s'])
  })
}
