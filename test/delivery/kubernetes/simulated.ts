import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRun } from '@slicechat/run'
import { analyse } from '@slicechat/run/analysis'
import { beforeAll, expect, test } from 'vitest'
import { answerIn, say } from '../../stack/browser.ts'
import { loadgenAtDesk, openBrowser, PAGE } from './desk.ts'
import { PodWatch } from './pod-watch.ts'
import { PROMETHEUS, startPrometheus } from './prometheus.ts'
import type { Rehearsal } from './rehearsal.ts'

const CHAT_UI = '--selector=app.kubernetes.io/name=chat-ui'

/** Tests the overlay for clusters without a GPU, from images in a registry to people who chat. */
export function simulatedServes(rehearsal: () => Rehearsal): void {
  beforeAll(() => rehearsal().deploy('simulated'))

  test('runs under Pod Security `restricted`, by digest, and serves at NodePort 30810', async () => {
    const { cluster } = rehearsal()
    await expect.poll(() => cluster.box.get('desk', PAGE)).toBe(200)
    const images = '{range .items[*].status.containerStatuses[*]}{.imageID} {.ready}{"\\n"}{end}'
    const pods = await cluster.kubectl(['get', 'pods', '--namespace=chat', `--output=jsonpath=${images}`])
    const lines = pods.trim().split('\n')
    expect(lines).toHaveLength(3)
    for (const line of lines)
      expect(line).toMatch(/^registry\.example\/bootcamp\/slicechat-\w+@sha256:[0-9a-f]{64} true$/)
    const enforced = `--output=jsonpath={.metadata.labels.pod-security\\.kubernetes\\.io/enforce}`
    expect(await cluster.kubectl(['get', 'namespace', 'chat', enforced])).toBe('restricted')
  })

  test('a load test from outside balances its ledger with the API and Prometheus', async () => {
    const { cluster } = rehearsal()
    await startPrometheus(rehearsal(), {
      'chat-api': 'chat-api.chat.svc.cluster.local:9100',
      'vllm-upstream': 'vllm-upstream.chat.svc.cluster.local:8000',
      'dcgm-exporter': 'dcgm-exporter.chat.svc.cluster.local:9400',
    })
    const out = join(cluster.box.rig, 'smoke')
    const load = ['run', 'smoke', '--target', PAGE, '--prometheus', PROMETHEUS, '--out', out]
    const { code, stdout, stderr } = await loadgenAtDesk(cluster, load)
    const told = `${stdout}\n${stderr}`
    const run = parseRun(readFileSync(join(out, 'run.json'), 'utf8'))
    const { ledger } = analyse(run)
    expect(run.whole.succeeded, told).toBeGreaterThan(10)
    expect(ledger.balanced, told).toBe(true)
    for (const { counts } of ledger.rows) expect(counts.api, told).toBe(counts.client)
    // Exit code 1 is right if the run reports that this machine was too busy to keep its times.
    expect(run.self.saturated ? [0, 1] : [0], told).toContain(code)
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('</html>')

    const again = ['compare', out, '--prometheus', PROMETHEUS, '--out', `${out}-again`]
    const compared = await loadgenAtDesk(cluster, again)
    expect(compared.stdout, compared.stderr).toContain('The ledger balances.')
  })

  test('a conversation in the browser outlives its pod; the next is ready within seconds', async () => {
    const { cluster } = rehearsal()
    await using browser = await openBrowser(cluster)
    const page = await browser.newPage()
    await page.goto(PAGE)
    await say(page, 'Tell me about the sea. [[tokens=40]]')
    const before = await answerIn(page, 'finished')
    expect(before.length).toBeGreaterThan(40)

    using watch = new PodWatch(rehearsal(), 'chat')
    await cluster.kubectl(['delete', 'pod', CHAT_UI, '--namespace=chat', '--timeout=160s'])
    const ready = ['--for=condition=Ready', 'pod', CHAT_UI, '--timeout=90s']
    await cluster.kubectl(['wait', ...ready, '--namespace=chat'])
    // The new pod starts while the deleted one still ends, and its API waits for the store that the old one has open.
    console.log(`A pod in the place of one that is deleted: ${await watch.startOf(CHAT_UI)}`)

    // The open page goes on without a reload.
    await say(page, 'And about mountains? [[tokens=30]]')
    await expect.poll(() => page.locator('[data-testid=message]').count()).toBe(4)
    await answerIn(page, 'finished', 60_000)
    await page.reload()
    await expect.poll(() => page.locator('[data-testid=message]').count()).toBe(4)
    expect(await page.locator('[data-role=assistant]').first().innerText()).toContain(before.slice(0, 30))
  })
}
