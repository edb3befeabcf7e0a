import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseRun, type Run, type Witness } from '@slicechat/run'
import { startSimulator } from '@slicechat/simulator'
import { expect, test } from 'vitest'
import { panelQueries } from './deploy/panel-queries.ts'
import { expectedCode } from './stack/load-run.ts'
import { programFile } from './stack/programs.ts'
import { startStackProcess } from './stack/stack-process.ts'
import { hasPrometheus, Prometheus } from './stack/prometheus.ts'

// Printed beside the skipped test, since a test runner need not say why it skipped.
if (!hasPrometheus)
  console.warn("prometheus was not found: install Debian's package prometheus to compare with it.")

/** Runs the load tester as people start it. */
async function loadgen(...args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, ['--no-warnings', programFile('apps/loadgen/src/main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => (output += bytes.toString()))
  const [code] = (await once(child, 'close')) as [number]
  return { code, output }
}

const runOf = (folder: string): Run => parseRun(readFileSync(join(folder, 'run.json'), 'utf8'))

const keyOf = ({ name, labels }: { name: string; labels: Record<string, string> }): string =>
  `${name} ${JSON.stringify(Object.entries(labels).sort())}`

/**
 * Counts that both sources must report equally. Seconds and bytes of a process change between two scrapes, so they are
 * left out.
 */
function counted({ kind, growth, histograms, simulated, resets, gaps }: Witness) {
  return {
    kind,
    simulated,
    resets,
    gaps,
    growth: Object.fromEntries(
      growth
        .filter(({ name }) => /^(chat_|vllm:)/.test(name))
        .map((series): [string, number] => [keyOf(series), series.delta])
        .sort(),
    ),
    histograms: Object.fromEntries(
      histograms
        .map((series): [string, unknown] => [keyOf(series), { edges: series.edges, counts: series.counts }])
        .sort(),
    ),
  }
}

const meanOf = ({ over }: Witness, name: string): number => {
  const points = over.filter((series) => series.name === name).flatMap((series) => series.points)
  return points.reduce((sum, [, value]) => sum + value, 0) / points.length
}

test.skipIf(!hasPrometheus)(
  'a real Prometheus and our own scrapes tell the same of a run',
  { timeout: 120_000 },
  async () => {
    await using cleanup = new AsyncDisposableStack()
    const folder = mkdtempSync(join(tmpdir(), 'witness-'))
    cleanup.defer(() => rmSync(folder, { recursive: true, force: true }))
    const simulator = await startSimulator({ port: 0, dcgmPort: 0, dcgmIntervalMs: 1000 })
    cleanup.defer(() => simulator.close())
    const api = cleanup.use(
      await startStackProcess(
        'apps/api/src/main.ts',
        { PORT: '0', METRICS_PORT: '0', DATA_DIR: ':memory:', VLLM_URL: `${simulator.url}/v1` },
        /"url":"(http:[^"]+)","metricsUrl":"(http:[^"]+)".*"msg":"api ready"/,
      ),
    )
    const pages = {
      api: `${new URL(api.ready[2] ?? '').origin}/metrics`,
      vllm: `${simulator.url}/metrics`,
      dcgm: `${simulator.dcgmUrl ?? ''}/metrics`,
    }
    // The names of the jobs in deploy/monitoring.
    const jobs = { 'chat-api': pages.api, 'vllm-upstream': pages.vllm, 'dcgm-exporter': pages.dcgm }
    const hosts = Object.entries(jobs).map(([name, url]) => [name, [new URL(url).host]] as const)
    const prometheus = cleanup.use(await Prometheus.start(Object.fromEntries(hosts)))
    await prometheus.until('count(up == 1) == 3')

    const ran = join(folder, 'ran')
    const scrapes = Object.entries(pages).flatMap(([name, url]) => ['--scrape', `${name}=${url}`])
    // The test checks counts; times depend on the machine.
    const sets = ['executor.duration=6s', 'slo.ttft=60s', 'slo.interToken=60s', 'thresholds.1=ttft.p95 < 60s']
    const smoke = ['run', 'smoke', '--target', api.ready[1] ?? '', ...sets.flatMap((set) => ['--set', set])]
    const run = await loadgen(...smoke, '--out', ran, ...scrapes)
    expect(run.code, run.output).toBe(expectedCode({ run: runOf(ran) }))
    const asked = join(folder, 'asked')
    const compared = await loadgen('compare', ran, '--prometheus', prometheus.url, '--out', asked)
    expect(compared, compared.output).toMatchObject({ code: expectedCode({ run: runOf(ran) }) })

    const scraped = runOf(ran)
    const stored = runOf(asked)
    expect(scraped.witnesses.map(({ kind }) => kind)).toEqual(['api', 'vllm', 'dcgm'])
    expect(stored.witnesses.map(({ source }) => source)).toEqual(['prometheus', 'prometheus', 'prometheus'])
    expect(stored.witnesses.map(counted)).toEqual(scraped.witnesses.map(counted))
    for (const [index, witness] of stored.witnesses.entries()) {
      expect(witness.fromMs).toBeLessThanOrEqual(0)
      expect(witness.untilMs).toBeGreaterThanOrEqual(scraped.durationMs)
      const own = scraped.witnesses[index]
      if (!own) throw new Error('witnesses in another order')
      for (const name of ['vllm:num_requests_running', 'DCGM_FI_PROF_GR_ENGINE_ACTIVE'])
        if (own.over.some((series) => series.name === name))
          expect(Math.abs(meanOf(witness, name) - meanOf(own, name))).toBeLessThan(
            0.5 * meanOf(own, name) + 0.2,
          )
    }

    // The first and the last metrics page, saved with the run, give the same result again.
    const saved = readdirSync(join(ran, 'witnesses')).sort()
    expect(saved).toHaveLength(6)
    const pairs = ['api', 'vllm', 'dcgm'].flatMap((name) => {
      const [opening, closing] = ['opening', 'closing'].map((edge) =>
        join(ran, 'witnesses', `${name}-${edge}.prom.gz`),
      )
      return ['--scrape', `${name}=${opening ?? ''},${closing ?? ''}`]
    })
    const reread = await loadgen('compare', ran, ...pairs, '--out', join(folder, 'reread'))
    const code = expectedCode({ run: scraped })
    expect(reread, reread.output).toMatchObject({ code })
    const again = runOf(join(folder, 'reread'))
    expect(again.witnesses.map(counted)).toEqual(scraped.witnesses.map(counted))
    expect((await loadgen('compare', ran)).code).toBe(code)

    // A run whose only witness is Prometheus.
    const alone = join(folder, 'alone')
    const next = await loadgen(...smoke, '--out', alone, '--prometheus', prometheus.url)
    expect(next.code, next.output).toBe(expectedCode({ run: runOf(alone) }))
    expect(runOf(alone).witnesses.map(({ kind, source }) => [kind, source])).toEqual(
      ['api', 'vllm', 'dcgm'].map((kind) => [kind, 'prometheus']),
    )

    // Every panel shows something of this run, except those for failures and for browsers, which did not occur.
    const empty: string[] = []
    for (const { panel, legend, expr } of panelQueries('2m')) {
      const value = await prometheus.value(expr)
      if (value === undefined || !Number.isFinite(value)) empty.push(`${panel}: ${legend}`)
    }
    expect(empty).toEqual([
      'Slicechat / Chat: Failures of the model server: {{code}}',
      'Slicechat / Four witnesses: Where the time to first token goes: browser and network',
      'Slicechat / Four witnesses: Time to first token, p95: browser',
      'Slicechat / Four witnesses: First token within 1 s: browser',
      'Slicechat / Four witnesses: Time between tokens, mean: browser',
    ])
  },
)
