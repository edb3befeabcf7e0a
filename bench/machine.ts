import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus, loadavg } from 'node:os'

/** Where and when figures were measured; part of every JSON line. */
export interface Machine {
  date: string
  commit: string
  node: string
  cpu: string
  cores: number
  /** Load average of the last minute when the bench began: above zero, other programs used the machine. */
  loadBefore: number
}

export function describeMachine(): Machine {
  return {
    date: new Date().toISOString(),
    commit: commit(),
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
  }
}

/** The commit, with a `+` if tracked files differ from it. */
function commit(): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no') !== ''
    return git('rev-parse', '--short', 'HEAD').trim() + (changed ? '+' : '')
  } catch {
    return 'unknown'
  }
}
