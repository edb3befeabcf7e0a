import chromium from '@sparticuz/chromium'
import preparePrograms from './programs.ts'

/** Builds what is tested and unpacks Chromium once, since test files would otherwise all do so at the same time. */
export default async function prepare(): Promise<void> {
  await preparePrograms()
  await chromium.executablePath()
}
