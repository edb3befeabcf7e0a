import { readdirSync, readFileSync } from 'node:fs'

/** Collects the arguments of every process until it is stopped. */
export function watchProcesses(): { stop: () => string[] } {
  const seen = new Set<string>()
  const timer = setInterval(() => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
      } catch {
        // The process has ended meanwhile.
      }
    }
  }, 5)
  return {
    stop: () => {
      clearInterval(timer)
      return [...seen]
    },
  }
}
