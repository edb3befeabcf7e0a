import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Run } from '@slicechat/report'

/** Writes a run's files into its folder. */
export async function writeRun(folder: string, run: Run): Promise<void> {
  await writeFile(join(folder, 'run.json'), `${JSON.stringify(run)}\n`, { flag: 'wx' })
}
