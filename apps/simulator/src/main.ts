import { BadConfiguration } from './bad-configuration.ts'
import { configure } from './configuration.ts'
import { environment, readOptions, usage } from './env.ts'
import { startSimulator } from './index.ts'
import type { SimulatorOptions } from './options.ts'
import { summaryOf } from './preset-summary.ts'
import { presetTable } from './presets/table.ts'

const EXIT_BAD_CONFIGURATION = 78
/** The exit code by which a shell reports SIGTERM. */
const EXIT_TERMINATED = 143

const indented = (text: string) => text.replaceAll(/^/gm, '  ')

/** The result of `decide` for the flags and the environment. If these are wrong, it prints the problems and exits. */
function settled<T>(args: readonly string[], decide: (options: SimulatorOptions) => T): T {
  try {
    return decide(readOptions(args, environment))
  } catch (error) {
    if (!(error instanceof BadConfiguration)) throw error
    console.error(`The simulator cannot start:\n${error.problems.map(indented).join('\n')}`)
    process.exit(EXIT_BAD_CONFIGURATION)
  }
}

async function main(): Promise<void> {
  if (process.argv[2] === 'calibrate') {
    const { calibrate } = await import('./calibrate/command.ts')
    process.once('disconnect', () => process.exit(EXIT_TERMINATED))
    // Listening to the channel must not keep the process alive after the calibration.
    process.channel?.unref()
    process.exitCode = await calibrate(process.argv.slice(3), console.log, console.error)
    return
  }
  const args = process.argv.slice(2)
  if (args.includes('--help')) return console.log(usage())
  const others = args.filter((arg) => arg !== '--list-presets')
  if (others.length < args.length) return console.log(settled(others, presetTable))
  const { wanted, summary } = settled(args, (options) => ({
    wanted: options,
    summary: summaryOf(configure(options)),
  }))
  const simulator = await startSimulator(wanted).catch((error: unknown) => {
    const { code, port } = error as NodeJS.ErrnoException & { port?: number }
    if (code === 'EADDRINUSE' || code === 'EACCES') {
      const why = code === 'EADDRINUSE' ? 'is taken' : 'cannot be used'
      const other = port === wanted.port ? 'SIM_PORT or --port' : 'SIM_DCGM_PORT or --dcgm-port'
      console.error(`Port ${port} on ${wanted.host} ${why}; ${other} sets another.`)
    } else if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
      console.error(
        `${wanted.host} is no address of this machine (${code}); SIM_HOST or --host sets another.`,
      )
    else throw error
    process.exit(EXIT_BAD_CONFIGURATION)
  })
  if (wanted.servedModelName !== undefined && simulator.model !== wanted.servedModelName)
    console.log(`The model was named ${wanted.servedModelName}; ids of the simulator begin with sim/.`)
  const stop = () => void simulator.close(wanted.shutdownTimeoutMs).then(() => process.exit(0))
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  // The parent process, which opened an IPC channel, has closed it or has ended.
  process.once('disconnect', stop)
  if (process.send && !process.connected) stop()
  console.log(summary)
  console.log(`simulated vLLM: ${simulator.model} on ${simulator.url}`)
  if (simulator.dcgmUrl !== undefined) console.log(`simulated GPU: ${simulator.dcgmUrl}/metrics`)
}

await main()
