import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Ended {
  code: number | null
  /** What was printed on both streams. */
  output: string
}

/** Runs a program to its end. Its environment is `env`, PATH and HOME, and nothing else. */
export async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Ended> {
  const { PATH, HOME } = process.env
  const child = spawn(program, args, {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => (output += bytes.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

/** Like `run`, for a program that must succeed. @returns its output @throws with its output if it fails */
export async function succeed(...call: Parameters<typeof run>): Promise<string> {
  const { code, output } = await run(...call)
  if (code !== 0)
    throw new Error(`${call[0]} ${call[1].join(' ')} ended with ${code ?? 'a signal'}:\n${output}`)
  return output.trim()
}

/** Runs stages of the pipeline in a checkout, as one does without Jenkins. */
export function runStages(
  checkout: string,
  stages: readonly string[],
  env: Record<string, string>,
): Promise<Ended> {
  return run('sh', ['deploy/pipeline/run.sh', ...stages], checkout, env)
}
