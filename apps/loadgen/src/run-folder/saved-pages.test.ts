import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { witnessSchema } from '@slicechat/run'
import { afterAll, expect, test } from 'vitest'
import { witnessOfFiles } from './saved-pages.ts'

const folder = mkdtempSync(join(tmpdir(), 'pages-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const span = { fromMs: 1_700_000_010_000, untilMs: 1_700_000_020_000 }
const page = (tokens: number): string => `vllm:generation_tokens_total{model_name="m",engine="0"} ${tokens}\n`

/** Writes a file with this content and this modification time. */
function file(name: string, text: string | Buffer, at: number): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  utimesSync(path, at / 1000, at / 1000)
  return path
}

const early = file('before.prom', page(3), span.fromMs - 500)
const late = file('after.prom.gz', gzipSync(page(10)), span.untilMs + 250)

test('two pages give the growth between them', () => {
  const { witness } = witnessOfFiles(`gpu-1=${early},${late}`, span)
  expect(witnessSchema.parse(witness)).toMatchObject({
    kind: 'vllm',
    name: 'gpu-1',
    fromMs: -500,
    untilMs: 10_250,
    samples: 2,
    scrapeMs: null,
    gaps: [],
    growth: [{ name: 'vllm:generation_tokens_total', labels: { model_name: 'm', engine: '0' }, delta: 7 }],
  })
})

test('the time that a page says of itself outlives copying', () => {
  const stamped = `# taken at ${new Date(span.untilMs + 100).toISOString()}\n${page(11)}`
  const copied = file('copied.prom', stamped, span.untilMs + 9_999_999)
  expect(witnessOfFiles(`vllm=${early},${copied}`, span).witness.untilMs).toBe(10_100)
})

test('pages that do not enclose the run, are none, or are of two kinds, are named', () => {
  const within = file('within.prom', page(5), span.fromMs + 1500)
  const other = file('other.prom', 'chat_requests_total 0\n', span.untilMs + 1)
  const html = file('page.html', '<html>', span.fromMs - 1)
  const broken = file('broken.prom', 'vllm:generation_tokens_total{model_name="m} 1\n', span.fromMs - 1)
  const told = (pair: string) => () => witnessOfFiles(pair, span)
  expect(told(`vllm=${within},${late}`)).toThrow('within.prom: was saved 1.5 s after the run began')
  expect(told(`vllm=${early},${within}`)).toThrow('within.prom: was saved 8.5 s before the run ended')
  expect(told(`vllm=${early},${other}`)).toThrow('other.prom: is no later page of vLLM')
  expect(told(`vllm=${html},${late}`)).toThrow('page.html: has no metrics')
  expect(told(`vllm=${broken},${late}`)).toThrow('broken.prom: line 1')
  expect(told(`vllm=${join(folder, 'none')},${late}`)).toThrow('none: cannot be read')
  expect(told('vllm=http://127.0.0.1:8000/metrics')).toThrow('is not NAME=BEFORE,AFTER')
})
