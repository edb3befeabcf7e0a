import { readFileSync } from 'node:fs'

/** `utime` and `stime` are counted in ticks of 10 ms on every Linux that Node runs on. */
const MICROS_PER_TICK = 10_000

/** Whether other processes' CPU time and memory can be read here: Linux only. */
export const canMeter = process.platform === 'linux'

/** CPU time that a process has used so far in all its threads, in microseconds. `NaN` if it cannot be read. */
export function cpuMicros(pid: number): number {
  const stat = read(pid, 'stat')
  // The name, in brackets, can contain spaces; the fields of interest are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * MICROS_PER_TICK
}

/** Memory that a process holds now, in bytes. `NaN` if it cannot be read. */
export function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(read(pid, 'status'))?.[1] ?? Number.NaN) * 1024
}

function read(pid: number, file: 'stat' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
