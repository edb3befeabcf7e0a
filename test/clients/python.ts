import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { ClientName } from './install.ts'

/** The Python of a client, as `scripts/test-clients.ts` installed it; `undefined` where it could not. */
export function pythonOf(name: ClientName): string | undefined {
  const path = process.env[`CLIENT_${name.toUpperCase()}`]
  return path === '' ? undefined : path
}

/** A program that was installed beside a Python. */
export const programOf = (python: string, name: string): string => join(dirname(python), name)

/**
 * Runs a program to its end, and ends what it started too if it takes too long.
 * @returns its output
 * @throws {Error} with its errors, if it fails
 */
export async function runProgram(
  command: string,
  args: readonly string[],
  { env = {}, timeoutMs = 60_000 }: { env?: Record<string, string>; timeoutMs?: number } = {},
): Promise<string> {
  // A group of its own, since load testers start many processes.
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const endAll = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // Nothing of it is left.
    }
  }
  process.once('exit', endAll)
  const timer = setTimeout(endAll, timeoutMs)
  try {
    const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    if (child.exitCode === 0) return out
    const how = child.signalCode ?? `code ${child.exitCode}`
    throw new Error(`${command} ended with ${how}: ${`${out}\n${errors}`.trim().slice(-2_000)}`)
  } finally {
    clearTimeout(timer)
    process.off('exit', endAll)
    endAll()
  }
}
