import { dirname, join } from 'node:path'
import { searchPath } from '../requirements.ts'
import type { Rehearsal } from './rehearsal.ts'

const main = join(import.meta.dirname, '../../../deploy/doctor/main.ts')

/**
 * Runs `npx pnpm run doctor --kubeconfig`. Resolves to the ids of the checks that found something, each once.
 * @param partly whether doctor may leave parts of the cluster unexamined
 * @throws if doctor cannot read the cluster
 */
export async function doctor({ cluster }: Rehearsal, { partly = false } = {}): Promise<string[]> {
  const kubeconfig = join(cluster.box.rig, 'admin.kubeconfig')
  const env = { PATH: `${dirname(cluster.programs.kubectl)}:${searchPath()}` }
  const command = [process.execPath, '--no-warnings', main, '--kubeconfig', kubeconfig, '--json']
  const { code, stdout, stderr } = await cluster.box.run('node', command, { env })
  if (code !== 0 && code !== 1) throw new Error(`doctor ended with ${code ?? 'a signal'}: ${stderr}`)
  const { findings, unread } = JSON.parse(stdout) as { findings: { check: string }[]; unread: string[] }
  if (unread.length > 0 && !partly) throw new Error(`doctor could not examine: ${unread.join('; ')}`)
  return [...new Set(findings.map(({ check }) => check))]
}
