import { latencyBands, loadChart, runLabel } from '@slicechat/charts'
import { FEW_SAMPLES, type Run } from '@slicechat/run'
import { type Analysis, figuresTally } from '@slicechat/run/analysis'
import { bothWidths } from './both-widths.ts'
import { configuration } from './configuration.ts'
import { htmlDocument } from './document.ts'
import { engineSection } from './engine-section.ts'
import { gpuSection } from './gpu-section.ts'
import { capacitySection, headline } from './headline.ts'
import { keyFigureSection } from './key-figures.ts'
import { latencySection } from './latency-section.ts'
import { ledgerSection } from './ledger-table.ts'
import { errorTable, samplingTable, selfAccuracy, thresholdTable } from './run-tables.ts'
import { html } from './template.ts'
import type { Markup } from './template.ts'
import { waterfallSection } from './waterfall-section.ts'

/** A run, with the result of `analyse`. */
export interface ReportEntry {
  readonly run: Run
  readonly analysis: Analysis
}

/** One run, or several side by side. All text of runs in it is escaped. */
export interface DrawnReport {
  /** The `main` element, for a page that includes `PAGE_STYLE` and `CHART_STYLE`. */
  readonly main: string
  /** The same as a self-contained page. */
  readonly page: string
}

/**
 * One run, or several side by side, as a self-contained page: it loads nothing, opens from disk, follows the
 * reader's dark or light mode, prints, and works without script (which only adds the crosshair).
 */
export function reportHtml(entries: readonly ReportEntry[]): string {
  return drawReport(entries).page
}

/** What `reportHtml` gives, and the part of it that can be put into another page, drawn once. */
export function drawReport(entries: readonly ReportEntry[]): DrawnReport {
  const runs = entries.map(({ run }) => run)
  const labelled = entries.map((entry, index) => ({ ...entry, label: runLabel(runs, index) }))
  const [only] = labelled.length === 1 ? labelled : []
  /** A part for each run, under the run's name if there are several. */
  const each = (part: (entry: ReportEntry) => Markup | null, title = ''): readonly (Markup | null)[] =>
    labelled.map((entry) => {
      const made = part(entry)
      const heading = [title, only ? '' : entry.label].filter((text) => text !== '').join(' – ')
      return heading === '' || made === null
        ? made
        : html`<h3>${heading}</h3>
            ${made}`
    })
  const capacities = each(capacitySection)
  const body = html`<main>
    <header${only ? null : html` class="several"`}>${labelled.map((entry) => headline(entry, titleOf(entry)))}</header>
    <section id="figures">
      <h2>Key figures</h2>
      ${only ? figuresNote(only.run) : null}${keyFigureSection(labelled)}${each(thresholdPart, 'Thresholds')}
    </section>
    <section id="load">
      <h2>Load against time</h2>
      ${bothWidths((size) => loadChart(runs, size))}
    </section>
    <section id="quantiles">
      <h2>Latency over time</h2>
      <p class="note">
        Quantiles of all samples of each stretch of time. Where nothing arrived there is a gap; of fewer than 100
        samples the p99 is the slowest of them.
      </p>
      ${bothWidths((size) => latencyBands(runs, size))}
    </section>
    ${
      capacities.every((part) => part === null)
        ? null
        : html`<section id="capacity">
            <h2>Latency against load</h2>
            <p class="note">Stretches of the run with about as many users, taken together.</p>
            ${capacities}
          </section>`
    }
    <section id="engine">
      <h2>Engine over time</h2>
      ${each(({ run }) => engineSection(run))}
    </section>
    <section id="distributions">
      <h2>Latency, like for like</h2>
      <p class="note">
        Share of requests within a time, over the whole run. Of a server only the shares at its buckets’ edges
        are known (dots); between two edges the curve lies within the band.
      </p>
      ${latencySection(labelled.map(({ run, label, analysis }) => ({ run, label, likeForLike: analysis.likeForLike })))}
    </section>
    <section id="waterfall">
      <h2>Where the time to first token goes</h2>
      ${each(({ analysis }) => waterfallSection(analysis.waterfall))}
    </section>
    <section id="ledger">
      <h2>Ledger</h2>
      ${each(({ analysis }) => ledgerSection(analysis.ledger))}
    </section>
    <section id="gpu">
      <h2>GPU</h2>
      ${each(({ run, analysis }) => gpuSection(run, analysis.gpu))}
    </section>
    <section id="errors">
      <h2>Errors</h2>
      ${each(({ run }) => errorTable(run))}
    </section>
    <section id="sampling">
      <h2>What sampling cost</h2>
      ${each(({ run }) => samplingTable(run))}
    </section>
    <section id="accuracy">
      <h2>Accuracy of the load tester</h2>
      ${each(({ run }) => selfAccuracy(run))}
    </section>
    <section id="configuration">
      <h2>Configuration</h2>
      ${each(({ run }) => configuration(run))}
    </section>
    <footer>
      Made by Slicechat’s load tester.
      <span class="screen">Point at a chart, or focus it and use the arrow keys, to read its values.</span>
    </footer>
  </main>`
  const title = `${[...new Set(runs.map(({ name }) => name))].join(', ')} – load test`
  return { main: body.html, page: htmlDocument(title, body) }
}

/** A run's heading. If all runs are of one scenario, their labels do not name it. */
const titleOf = ({ run, label }: { run: Run; label: string }): string =>
  label.includes(run.name) ? label : `${run.name}: ${label}`

function thresholdPart({ run }: ReportEntry): Markup | null {
  return run.thresholds.length === 0 ? null : thresholdTable(run)
}

function figuresNote(run: Run): Markup {
  return html`<p class="note">
    ${
      figuresTally(run).steady
        ? 'Of requests intended between warm-up and cool-down. The rest is in the charts.'
        : 'Of the whole run.'
    }
    ${FEW_SAMPLES}
  </p>`
}
