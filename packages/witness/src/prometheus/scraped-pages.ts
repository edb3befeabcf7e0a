import { Exposition, type Sample } from '@slicechat/metrics/reading'
import type { Page } from '../metrics-page.ts'
import type { Kind } from '../families.ts'
import type { RawSeries } from './answer.ts'
import { scrapeTargetOf, type ScrapeTarget } from './scrape-target.ts'

/** A page as one process served it: Prometheus stores all samples of a scrape under one time. */
export interface ScrapedPage {
  readonly target: ScrapeTarget
  /** Milliseconds since 1970. */
  readonly at: number
  readonly page: Page
}

/** Puts series back together into the pages from which they were scraped, in order of time. */
export function scrapedPages(kind: Kind, series: readonly RawSeries[]): ScrapedPage[] {
  const pages = new Map<string, { target: ScrapeTarget; at: number; samples: Sample[] }>()
  for (const { metric, values } of series) {
    const { __name__: name = '', ...labels } = metric
    const target = scrapeTargetOf(kind, labels)
    for (const [seconds, text] of values) {
      const at = Math.round(seconds * 1000)
      const key = `${at} ${target.key}`
      let page = pages.get(key)
      if (!page) pages.set(key, (page = { target, at, samples: [] }))
      page.samples.push({ name, labels, value: numberOf(text) })
    }
  }
  return [...pages.values()]
    .sort((a, b) => a.at - b.at)
    .map(({ target, at, samples }) => ({ target, at, page: pageOf(samples) }))
}

function pageOf(samples: readonly Sample[]): Page {
  const exposition = new Exposition([{ name: '', type: null, help: null, unit: null, samples }])
  return { values: () => exposition, histograms: () => exposition }
}

const numberOf = (text: string): number => (/^[+-]?Inf$/.test(text) ? Number(`${text}inity`) : Number(text))
