import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { buildWeb } from '../scripts/web-build.ts'
import { launchBrowser, SOFTWARE_GPU } from '../test/stack/browser.ts'
import { Stack } from '../test/stack/stack.ts'
import { describeMachine } from './machine.ts'
import { type HostileResult, measureHostile } from './web/hostile-texts.ts'
import { ScriptedUpstream } from './web/scripted-upstream.ts'
import { casesOf, measureStreams, type StreamResult } from './web/streams.ts'

/** Hostile texts have this many characters, twice and four times as many. */
const HOSTILE_CHARS = 20_000

/**
 * `npm run bench -- web [--quick] [--only list,table]`: measures the built page in a real Chromium, while a scripted
 * model server answers. `--only hostile` measures hostile texts alone.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: '' } },
  })
  const machine = describeMachine()
  const wanted = values.only === '' ? [] : values.only.split(',')
  const only = (name: string): boolean => wanted.length === 0 || wanted.some((part) => name.includes(part))
  buildWeb()
  const browser = await launchBrowser(SOFTWARE_GPU)
  try {
    await using upstream = await ScriptedUpstream.start()
    await using stack = await Stack.start({ upstream: { url: upstream.url } })
    const firstLoadKb = await measureFirstLoad(browser, stack.url)
    const streams = await measureStreams({ stack, upstream, browser }, casesOf(values.quick, only))
    const chars = values.quick ? HOSTILE_CHARS / 10 : HOSTILE_CHARS
    const hostile = only('hostile') ? await measureHostile(browser, chars) : []
    print(streams, hostile)
    console.log(`Script of the first load: ${firstLoadKb} KB compressed.`)
    console.log(JSON.stringify({ bench: 'web', ...machine, firstLoadKb, streams, hostile }))
  } finally {
    await browser.close()
  }
}

/** Size, in KB compressed, of all script that the chat page fetches until a reader can write. */
async function measureFirstLoad(browser: Browser, url: string): Promise<number> {
  const page = await browser.newPage()
  const bodies: Promise<Buffer>[] = []
  page.on('response', (response) => {
    if (response.request().resourceType() === 'script') bodies.push(response.body())
  })
  await page.goto(url, { waitUntil: 'networkidle' })
  const bytes = (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).length, 0)
  await page.close()
  return Number((bytes / 1_000).toFixed(1))
}

function print(streams: readonly StreamResult[], hostile: readonly HostileResult[]): void {
  const rows: [string, Record<string, string | number>][] = streams.map((result) => [
    `${result.name}${result.above > 0 ? `, ${result.above} messages above` : ''}${result.speed < 1 ? ', ¼ speed' : ''}`,
    {
      'frames/s': result.framesPerS,
      'CPU ms/frame': result.cpuMsPerFrame,
      'longest task ms': result.longestTask,
      'tasks > 50 ms': result.tasksOver50ms,
      'script ms/token': result.scriptMsPerToken,
      'layout ms/token': result.layoutMsPerToken,
      seconds: result.seconds,
    },
  ])
  for (const { name, ms, ratio } of hostile)
    rows.push([`hostile: ${name}`, { 'n ms': ms[0], '2n ms': ms[1], '4n ms': ms[2], '4n/n': ratio }])
  console.table(Object.fromEntries(rows))
}
