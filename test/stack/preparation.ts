import chromium from '@sparticuz/chromium'
import { buildWeb } from '../../scripts/web-build.ts'

/** Work that test files would otherwise each start side by side: the build of the page, and unpacking Chromium. */
export default async function prepare(): Promise<void> {
  buildWeb()
  await chromium.executablePath()
}
