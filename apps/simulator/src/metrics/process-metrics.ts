import { readdirSync, readFileSync } from 'node:fs'
import type { Registry } from './registry.ts'

/** The `process_*` metrics, with the true values of the simulator's process. */
export function processMetrics(registry: Registry, nowS: () => number): void {
  const gauge = (name: string, help: string) => registry.gauge(name, help)({})
  const virtual = gauge('process_virtual_memory_bytes', 'Virtual memory size in bytes.')
  const resident = gauge('process_resident_memory_bytes', 'Resident memory size in bytes.')
  gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.').value =
    nowS() - process.uptime()
  const cpu = registry.counter(
    'process_cpu_seconds_total',
    'Total user and system CPU time spent in seconds.',
    false,
  )({})
  const open = gauge('process_open_fds', 'Number of open file descriptors.')
  const most = gauge('process_max_fds', 'Maximum number of open file descriptors.')
  registry.beforePrint(() => {
    const { user, system } = process.cpuUsage()
    cpu.value = (user + system) / 1e6
    resident.value = process.memoryUsage.rss()
    // The others exist on Linux only. Elsewhere they stay 0, as in Python's client when they cannot be read.
    if (process.platform !== 'linux') return
    const kilobytes = /VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    virtual.value = Number(kilobytes ?? 0) * 1024
    open.value = readdirSync('/proc/self/fd').length
    most.value = Number(/open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 0)
  })
}
