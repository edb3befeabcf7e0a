import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import { inherited } from './inherited.ts'
import { programFile } from './programs.ts'

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The load tester as a process, as on a command line. */
export interface Loadgen {
  readonly process: ChildProcess
  readonly ended: Promise<Outcome>
  /** Waits until its stderr matches. */
  said(pattern: RegExp): Promise<void>
}

/** Starts `slicechat-loadgen`, or a bundle of it, with arguments, in the root of the repository. */
export function startLoadgen(
  args: readonly string[],
  env: Record<string, string> = {},
  main = 'apps/loadgen/src/main.ts',
): Loadgen {
  const child = spawn(process.execPath, ['--no-warnings', programFile(main), ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...inherited, ...env },
  }) as ChildProcessByStdio<null, Readable, Readable>
  let heard = ''
  child.stderr.on('data', (chunk: Buffer) => (heard += chunk.toString()))
  // A child whose IPC channel was closed from this side emits no `close`.
  const over = Promise.all([once(child, 'exit'), text(child.stdout), finished(child.stderr)])
  const ended = over.then(([[code], stdout]) => ({
    code: code as number | null,
    stdout,
    stderr: heard,
  }))
  const said = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(heard)) {
      const end = await Promise.race([once(child.stderr, 'data').then(() => undefined), ended])
      if (end !== undefined && !pattern.test(heard))
        throw new Error(`it ended with ${end.code} and never said ${pattern}:\n${heard}`)
    }
  }
  return { process: child, ended, said }
}

export const loadgen = (args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
  startLoadgen(args, env).ended
