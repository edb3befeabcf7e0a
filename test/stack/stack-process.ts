import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { inherited } from './inherited.ts'
import { programFile } from './programs.ts'

/** A part of the stack, running as a process as in production. */
export interface StackProcess extends AsyncDisposable {
  process: ChildProcess
  /** The match of the ready line. */
  ready: RegExpMatchArray
  /** Every line that the part has printed. */
  lines: readonly string[]
  /** Sends a signal and waits for the end. @returns the exit code, `null` after a kill */
  end: (signal: NodeJS.Signals) => Promise<number | null>
}

/**
 * Starts `node script` in a folder (the root of the repository by default) and waits until a line matches `ready`.
 * @throws with everything that was printed if the process ends before that
 */
export async function startStackProcess(
  script: string,
  env: Record<string, string>,
  ready: RegExp,
  cwd?: string,
): Promise<StackProcess> {
  const child = spawn(process.execPath, ['--no-warnings', programFile(script)], {
    // The IPC channel ends the part when the tests are killed.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    cwd,
    env: { ...inherited, ...env },
  }) as ChildProcessByStdio<null, Readable, Readable>
  const exited = once(child, 'exit')
  const lines: string[] = []
  const match = await new Promise<RegExpMatchArray>((resolve, reject) => {
    const onLine = (line: string): void => {
      lines.push(line)
      const found = ready.exec(line)
      if (found !== null) resolve(found)
    }
    createInterface({ input: child.stdout }).on('line', onLine)
    createInterface({ input: child.stderr }).on('line', onLine)
    child.once('exit', (code) =>
      reject(new Error(`${script} ended with ${code ?? 'a signal'}:\n${lines.join('\n')}`)),
    )
  })
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal)
      await exited
    }
    return child.exitCode
  }
  return {
    process: child,
    ready: match,
    lines,
    end,
    [Symbol.asyncDispose]: async () => {
      await end('SIGKILL')
    },
  }
}
