import chromium from '@sparticuz/chromium'
import { type Browser, type Page, chromium as playwright } from 'playwright-core'

/** Flags that the package sets for cloud functions and that tests do without: one process for all pages, no web security. */
const unwanted = new Set([
  '--single-process',
  '--no-zygote',
  '--disable-web-security',
  '--allow-running-insecure-content',
])
/**
 * Flags of the package for a GPU in software. With it, drawing the page's moving parts took half of the CPU of all browser
 * tests; benchmarks ask for it, so that their figures stay comparable.
 */
export const SOFTWARE_GPU = [
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
] as const
const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync']

/**
 * Starts a real Chromium, from the npm package that contains one.
 * @param flags added to its command line
 * @param program starts the browser instead of the package's own file
 */
export async function launchBrowser(flags: readonly string[] = [], program?: string): Promise<Browser> {
  const left = new Set<string>([...unwanted, ...SOFTWARE_GPU])
  const args = chromium.args.filter((flag) => !left.has(flag))
  const drawing = SOFTWARE_GPU.every((flag) => flags.includes(flag)) ? [] : ['--disable-gpu']
  return playwright.launch({
    executablePath: program ?? (await chromium.executablePath()),
    args: [...args, ...quiet, ...drawing, ...flags],
  })
}

/** Types a message and sends it. */
export async function say(page: Page, text: string): Promise<void> {
  await page.getByTestId('composer').fill(text)
  await page.getByTestId('send').click()
}

/** The newest answer on the page. */
export function lastAnswer(page: Page): ReturnType<Page['locator']> {
  return page.locator('[data-testid=message][data-role=assistant]').last()
}

/** Waits until the newest answer is in a state. Resolves to the text that a reader then sees. */
export async function answerIn(
  page: Page,
  status: 'queued' | 'running' | 'finished',
  timeout = 30_000,
): Promise<string> {
  await lastAnswer(page)
    .and(page.locator(`[data-status=${status}]`))
    .waitFor({ timeout })
  return lastAnswer(page).innerText()
}
