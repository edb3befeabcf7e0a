import { omitUndefined } from '@slicechat/contract'
import { CHART_STYLE, hoverCharts, loadLatencyChart } from '@slicechat/charts'
import { PAGE_STYLE } from '@slicechat/report'
import { amountText, msText, shareText } from '../terminal/number-text.ts'
import type { Sweep } from './sweep.ts'
import { sweepSentences, verdictText } from './sweep-text.ts'

const WIDTH = 900
const TABLE_STYLE = '.steps { overflow-x: auto } .steps :is(td, th) { white-space: nowrap }'

/** The report of a sweep: one self-contained page that needs no network. */
export function sweepHtml(sweep: Sweep): string {
  const { name, over, steps, slo, largestMet, target, startedAt, seed } = sweep
  const chart = loadLatencyChart(
    steps.map(({ load, ttft, tokensPerSecond, verdict }) => ({
      load,
      ttftP95Ms: ttft.p95,
      tokensPerSecond,
      passed: verdict === 'met',
    })),
    {
      title: 'Latency against load',
      unit: over === 'users' ? 'users' : 'conversations/s',
      width: WIDTH,
      ...omitUndefined({ sloMs: slo.ttftMs, knee: largestMet ?? undefined }),
    },
  )
  const rows = steps
    .toSorted((a, b) => a.load - b.load)
    .map((step) => {
      const { load, good, ttft, interToken, requestsPerSecond, tokensPerSecond, errors, runs } = step
      return cells('td', [
        amountText(load),
        verdictText(step),
        good.requests === 0
          ? '–'
          : `${shareText(good.share)} (${shareText(good.low)} to ${shareText(good.high)} of ${good.requests})`,
        ...[ttft.p50, ttft.p95, interToken.p50, interToken.p95].map(msText),
        ...[requestsPerSecond, tokensPerSecond, errors].map(amountText),
        runs.join(' '),
      ])
    })
  const head = cells('th', [
    over,
    'verdict',
    'good requests',
    'TTFT p50',
    'TTFT p95',
    'a token p50',
    'a token p95',
    'answers/s',
    'tokens/s',
    'errors',
    'runs',
  ])
  const facts = `${target.model} at ${target.url} over ${target.transport}, ${new Date(startedAt).toISOString()}, seed ${seed}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sweep: ${escaped(name)}</title>
<style>${PAGE_STYLE}${CHART_STYLE}${TABLE_STYLE}</style>
</head>
<body>
<main>
<h1>Sweep: ${escaped(name)}</h1>
${sweepSentences(sweep)
  .map((sentence) => `<p>${escaped(sentence)}</p>`)
  .join('\n')}
<p>${escaped(facts)}</p>
${chart}
<div class="steps"><table><thead>${head}</thead><tbody>${rows.join('\n')}</tbody></table></div>
</main>
<script>
(${String(hoverCharts)})(document)
</script>
</body>
</html>
`
}

const cells = (tag: 'td' | 'th', texts: readonly string[]): string =>
  `<tr>${texts.map((text) => `<${tag}>${escaped(text)}</${tag}>`).join('')}</tr>`

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
