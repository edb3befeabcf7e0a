// Runs the tests that need a real vLLM: the one at VLLM_URL, or one that is installed and started on this machine.
import type { ChildProcess } from 'node:child_process'
import { ensureInstalled, homeOf, Unavailable } from '../test/vllm/cpu-install.ts'
import { startCpuServer, type CpuServer } from '../test/vllm/cpu-server.ts'
import { printClosing, runVitest } from './vitest-suite.ts'
import { buildWeb } from './web-build.ts'

const EXIT_UNAVAILABLE = 69
/** `disconnect` means that run.mjs is gone. */
const ENDS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, disconnect: 143 } as const

let server: CpuServer | undefined
let tests: ChildProcess | undefined
/** `begun` is set once a signal came: the signal handler then stops everything and exits. */
const end = { begun: false }

for (const [event, code] of Object.entries(ENDS))
  process.on(event, () => {
    if (end.begun) return
    end.begun = true
    tests?.kill('SIGTERM')
    void (server?.stop() ?? Promise.resolve()).then(() => process.exit(code))
  })

/** Variables that tell the tests where the server is. */
async function serve(): Promise<NodeJS.ProcessEnv> {
  if (process.env['VLLM_URL'] !== undefined && process.env['VLLM_URL'] !== '') return {}
  const home = homeOf(process.env)
  ensureInstalled(home, (line) => console.log(line))
  console.log('Starting vLLM on the CPU (half a minute to two) …')
  const started = await startCpuServer(home, process.env)
  server = started
  await started.ready
  console.log(`vLLM serves ${started.model} on ${started.url}`)
  return { VLLM_URL: `${started.url}/v1`, MODEL: started.model, VLLM_EXCLUSIVE: 'true' }
}

async function main(): Promise<number> {
  try {
    const env = await serve()
    // One of the tests chats through the page.
    buildWeb()
    const result = await runVitest('vllm', {
      arguments: process.argv.slice(2),
      env,
      onStart: (child) => {
        tests = child
      },
    })
    printClosing(result)
    return result.ok ? 0 : 1
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    if (!end.begun) console.error(error.message)
    return EXIT_UNAVAILABLE
  } finally {
    if (!end.begun) await server?.stop()
  }
}

const code = await main()
// After a signal, the handler above exits once the server is gone.
if (!end.begun) process.exit(code)
