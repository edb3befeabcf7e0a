import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MODEL, Unavailable } from './cpu-install.ts'
import { freePorts } from '../stack/free-ports.ts'

/** High enough that no test reaches the limits by accident. */
export const LIMITS = { maxNumSeqs: 32, maxNumQueuedReqs: 64, maxNumQueuedTokens: 24_000 }

const STARTING_MS = 10 * 60_000
const STOPPING_MS = 15_000

/** A vLLM that runs on this machine's CPU. */
export interface CpuServer {
  readonly url: string
  readonly model: string
  stop(): Promise<void>
}

/** Starts vLLM on a free port. Resolves at once; `ready` resolves when vLLM answers. */
export async function startCpuServer(
  home: string,
  env: NodeJS.ProcessEnv,
): Promise<CpuServer & { ready: Promise<void> }> {
  const [port = 0] = await freePorts(1)
  const log = join(home, 'serve.log')
  const out = openSync(log, 'w')
  const flags = [
    ...['--served-model-name', MODEL, '--host', '127.0.0.1', '--port', String(port), '--enforce-eager'],
    ...['--max-model-len', '4096', '--max-num-seqs', String(LIMITS.maxNumSeqs)],
    ...['--max-num-queued-reqs', String(LIMITS.maxNumQueuedReqs)],
    ...['--max-num-queued-tokens', String(LIMITS.maxNumQueuedTokens)],
    ...['--enable-per-request-metrics', '--enable-request-id-headers', '--enable-prompt-tokens-details'],
  ]
  const vllm = [join(home, 'env/bin/vllm'), 'serve', join(home, MODEL), ...flags]
  const server = spawn(process.execPath, ['--no-warnings', 'scripts/supervise.ts', ...vllm], {
    stdio: ['ignore', out, out, 'ipc'],
    // A process group of its own: vLLM starts further processes, and all of them have to end.
    detached: true,
    env: {
      ...env,
      HF_HUB_OFFLINE: '1',
      VLLM_NO_USAGE_STATS: '1',
      VLLM_CPU_KVCACHE_SPACE: env['VLLM_CPU_KVCACHE_SPACE'] ?? '2',
    },
  })
  // Its threads would take both cores from the tests that measure it. Processes that it starts inherit the priority.
  if (server.pid !== undefined) setPriority(server.pid, 10)
  const exited = once(server, 'exit')
  const url = `http://127.0.0.1:${port}`
  const isRunning = () => server.exitCode === null && server.signalCode === null
  const signal = (name: NodeJS.Signals) => {
    try {
      if (server.pid !== undefined) process.kill(-server.pid, name)
    } catch {
      // The group is gone already.
    }
  }
  const ready = async () => {
    const giveUp = Date.now() + STARTING_MS
    while (isRunning() && Date.now() < giveUp) {
      const healthy = await fetch(`${url}/health`).then(
        ({ ok }) => ok,
        () => false,
      )
      if (healthy) return
      await sleep(500)
    }
    const tail = readFileSync(log, 'utf8').split('\n').slice(-25).join('\n')
    throw new Unavailable(`vLLM did not start; the end of ${log}:\n${tail}`)
  }
  return {
    url,
    model: MODEL,
    ready: ready(),
    stop: async () => {
      signal('SIGTERM')
      if (isRunning()) await Promise.race([exited, sleep(STOPPING_MS, undefined, { ref: false })])
      signal('SIGKILL')
    },
  }
}
