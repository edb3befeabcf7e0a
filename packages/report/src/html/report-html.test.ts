import { expect, test } from 'vitest'
import type { Run } from '@slicechat/run'
import { analyse } from '@slicechat/run/analysis'
import { aRun, aTally, aWitness, sampleRun } from '@slicechat/run/testing'
import { keyFigures } from './key-figures.ts'
import { repeatCommand } from './configuration.ts'
import { reportHtml } from './report-html.ts'

const HOSTILE = `<script>alert(1)</script><img src=x onerror="alert(2)">' " & \u202e`
const page = (...runs: Run[]): string => reportHtml(runs.map((run) => ({ run, analysis: analyse(run) })))

const hostile = (): Run => {
  const run = sampleRun({ seconds: 30 })
  const errors = [{ code: HOSTILE, count: 3, example: HOSTILE }]
  return {
    ...run,
    name: HOSTILE,
    cutShort: HOSTILE,
    scenario: { [HOSTILE]: HOSTILE },
    target: { ...run.target, url: HOSTILE, model: HOSTILE },
    generator: { ...run.generator, cpu: HOSTILE, node: HOSTILE, version: HOSTILE },
    whole: { ...run.whole, errors },
    steadyTally: { ...run.steadyTally, errors },
    self: { ...run.self, saturated: true, why: [HOSTILE] },
    thresholds: [{ expression: HOSTILE, value: 3, passed: false }],
    witnesses: run.witnesses.map((witness) => ({
      ...witness,
      name: HOSTILE,
      url: HOSTILE,
      gaps: [{ fromMs: 0, untilMs: 10, why: HOSTILE }],
      over: witness.over.map((series) => ({
        ...series,
        labels: { ...series.labels, modelName: HOSTILE, GPU_I_PROFILE: HOSTILE, Hostname: HOSTILE },
      })),
    })),
  }
}

test('whatever a server or a file says is shown as text', () => {
  const text = page(hostile(), hostile())
  expect(text.match(/<script/g)).toHaveLength(1)
  expect(text).not.toMatch(/<img/)
  expect(text).not.toContain('\u202e')
  expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
})

test('it refers to nothing outside itself and forbids it, too', () => {
  const text = page(sampleRun({ seconds: 30 }))
  expect(text).not.toMatch(/<link|<iframe|<object|@import|url\(|\ssrc=|\shref=/)
  expect(text).toMatch(/Content-Security-Policy" content="default-src &#39;none&#39;/)
})

// Writes and reads seven thousand histograms, which takes long on a busy machine.
test('an hour of seconds with three servers watched is well below a megabyte', { timeout: 120_000 }, () => {
  const text = page(sampleRun({ seconds: 3600, users: 100 }))
  expect(text.length).toBeLessThan(500_000)
})

test('what a reader must not miss stands at the head', () => {
  const run = { ...sampleRun({ seconds: 30 }), cutShort: 'Ctrl-C' }
  const saturated = { ...run, self: { ...run.self, saturated: true, why: ['the event loop was 90 ms late'] } }
  const head = /<header[\s\S]*<\/header>/.exec(page(saturated))?.[0] ?? ''
  for (const badge of ['Simulated', 'Cut short: Ctrl-C', 'Client saturated'])
    expect(head).toContain(`>${badge}</li>`)
  expect(page(saturated)).toContain('the event loop was 90 ms late')
})

test('a run in which nothing happened has a report', () => {
  const text = page(aRun())
  for (const said of ['No request failed', 'No DCGM exporter was read', 'No first token came'])
    expect(text.replace(/\s+/g, ' ')).toContain(said)
  expect(text.slice(text.indexOf('<main>'), text.indexOf('</main>'))).not.toContain('NaN')
})

test('a ledger that does not balance shows the row and the finding', () => {
  const run = aRun({
    whole: aTally({ started: 5, completionTokens: 50, promptTokens: 10 }),
    witnesses: [
      aWitness({
        kind: 'api',
        growth: [
          { name: 'chat_requests_total', labels: { model: 'm', status: 'success' }, delta: 4 },
          { name: 'chat_tokens_total', labels: { model: 'm', kind: 'completion' }, delta: 50 },
          { name: 'chat_tokens_total', labels: { model: 'm', kind: 'prompt' }, delta: 10 },
        ],
      }),
    ],
  })
  const ledger = /<section id="ledger">[\s\S]*?<\/section>/.exec(page(run))?.[0] ?? ''
  expect(ledger).toContain('do not balance')
  expect(ledger).toMatch(/<tr class="flagged">\s*<th scope="row">Requests finished/)
  expect(ledger).toContain('−1 unexplained')
})

test('figures leave warm-up and cool-down out, and count from the intended start too', () => {
  const run = sampleRun({ seconds: 60 })
  const figures = keyFigures(run)
  expect(figures[0]).toMatchObject({ label: 'Requests', value: String(run.steadyTally.started) })
  expect(figures.filter(({ note }) => note.includes('from intended start'))).toHaveLength(3)
})

test('the command to repeat a run survives a shell', () => {
  const run = sampleRun({ seconds: 30 })
  expect(repeatCommand(run)).toBe(
    `npm run loadgen -- run office-day --seed 7 --target http://127.0.0.1:4000 --model ${run.target.model}`,
  )
  const asked = {
    scenario: './ours.yaml',
    set: ['executor.users=3', 'conversation.answer={type: constant, value: 9}'],
  }
  expect(repeatCommand({ ...run, asked })).toContain(
    `run ./ours.yaml --set executor.users=3 --set 'conversation.answer={type: constant, value: 9}' --seed 7 --target`,
  )
  expect(repeatCommand({ ...run, name: "a'; rm -rf $HOME" })).toContain(`run 'a'\\''; rm -rf $HOME'`)
})

test('the command to repeat a run has every flag but what is secret, or of that run alone', () => {
  const flags: [string, string | null][] = [
    ['users', '9'],
    ['set', 'slo.ttft=1s'],
    ['scrape', 'vllm=http://gpu:8000/metrics'],
    ['prometheus-match', 'namespace="chat"'],
    ['body', `top_k=40`],
    ['out', 'here'],
    ['start-at', '2026-01-01T00:00:00Z'],
    ['shard', '0/2'],
    ['seed', '-7'],
    ['upload', null],
  ]
  const asked = { scenario: 'chatty', set: ['slo.ttft=1s'], flags, secret: ['--api-key', '--header'] }
  const run = { ...sampleRun({ seconds: 30 }), asked }
  expect(repeatCommand(run)).toBe(
    `npm run loadgen -- run chatty --users 9 --set slo.ttft=1s --scrape vllm=http://gpu:8000/metrics --prometheus-match 'namespace="chat"' --body top_k=40 --seed=-7 --upload --target http://127.0.0.1:4000 --model ${run.target.model}`,
  )
  const text = page(run)
  expect(text).toContain('Secrets are not stored, and are left out: --api-key, --header.')
  expect(text).toContain('Of this run alone, and left out: --out, --start-at, --shard.')
  expect(repeatCommand({ ...run, shard: { indices: [0], count: 2 } })).toContain('--shard 0/2')
})

test('a shard says nothing of thresholds, ledger or capacity', () => {
  const shard = { indices: [1], count: 3 }
  const thresholds = [{ expression: 'ttft.p95 < 1s', value: null, passed: false }]
  const head =
    /<header[\s\S]*<\/header>/.exec(page({ ...sampleRun({ seconds: 60 }), shard, thresholds }))?.[0] ?? ''
  expect(head).toContain('>Shard 1/3</li>')
  expect(head).toContain('judged when merge has put all shards together')
  expect(head).not.toMatch(/badge good|not judged|does not balance|fit|at its limit/)
})

test('a run without a request to judge has no goodput of 0%', () => {
  const cut = aTally({ started: 4, succeeded: 0, unfinished: 4, undecided: 4 })
  const goodput = (steadyTally: Run['steadyTally']) =>
    keyFigures(aRun({ slo: { ttftMs: 100 }, whole: cut, steadyTally })).find(
      ({ label }) => label === 'Goodput',
    )
  expect(goodput(aTally())).toMatchObject({ value: '–', note: 'no request to judge' })
  expect(goodput(cut)).toMatchObject({
    value: '–',
    note: 'no request to judge; 4 cut off before it could be told',
  })
})
