import type { Browser } from 'playwright-core'
import { HOSTILE } from '../../apps/web/src/lib/markdown/testing/hostile.ts'
import { ModuleServer } from '../../test/stack/module-server.ts'

export interface HostileResult {
  name: string
  /** Milliseconds to show a text of n, 2n and 4n characters: parsing, elements and layout. */
  ms: readonly [number, number, number]
  /** Time for 4n characters divided by that for n: 4 is linear, 16 quadratic. */
  ratio: number
}

/** Shows hostile texts in a real browser, with the page's own modules. @param chars n */
export async function measureHostile(browser: Browser, chars: number): Promise<HostileResult[]> {
  await using server = await ModuleServer.start(new URL('../../apps/web/src/lib/', import.meta.url))
  const page = await browser.newPage()
  await page.goto(`${server.url}/`)
  await page.addStyleTag({ url: '/markdown/markdown.css' })
  const content = "globalThis.checks = await import('/markdown/testing/browser-checks.ts')"
  await page.addScriptTag({ type: 'module', content })
  await page.waitForFunction('globalThis.checks')
  const results: HostileResult[] = []
  for (const name of Object.keys(HOSTILE)) {
    const times = await page.evaluate(
      `[1, 2, 4].map((times) => checks.showTime(${JSON.stringify(name)}, times * ${chars}))`,
    )
    const ms = times as HostileResult['ms']
    // Below a millisecond, the clock's resolution would decide.
    const ratio = Number((ms[2] / Math.max(1, ms[0])).toFixed(1))
    results.push({ name, ms, ratio })
  }
  await page.close()
  return results
}
