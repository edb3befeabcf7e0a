import chromium from '@sparticuz/chromium'
import { buildWeb } from '../../scripts/web-build.ts'

/** Builds the page and unpacks Chromium once, since test files would otherwise all do so at the same time. */
export default async function prepare(): Promise<void> {
  buildWeb()
  await chromium.executablePath()
}
