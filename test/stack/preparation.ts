import chromium from '@sparticuz/chromium'
import { buildWeb } from '../../scripts/web-build.ts'

/** What files that run side by side would otherwise each begin: the page's build, and unpacking Chromium. */
export default async function prepare(): Promise<void> {
  buildWeb()
  await chromium.executablePath()
}
