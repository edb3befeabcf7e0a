import { engineChart } from '@slicechat/charts'
import type { Run } from '@slicechat/run'
import { engineLoadOf } from '@slicechat/run/analysis'
import { bothWidths } from './both-widths.ts'
import { html } from './template.ts'
import type { Markup } from './template.ts'

/** The engine's queue and KV cache on the run's time axis. */
export function engineSection(run: Run): Markup {
  const load = engineLoadOf(run)
  const gauges = [load.running, load.waiting, load.kvCache]
  if (gauges.every((gauge) => gauge === null || gauge.points.length === 0))
    return html`<p>Nobody told what the engine had under way.</p>`
  const gaps = run.witnesses.filter(({ kind }) => kind === 'vllm').flatMap((witness) => witness.gaps)
  return bothWidths(({ width }) => engineChart(run, load, { width, gaps }))
}
