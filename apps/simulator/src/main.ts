import { BadConfiguration } from './configuration/bad-configuration.ts'
import { configure } from './configuration/configure.ts'
import { environment, readOptions, usage } from './configuration/env.ts'
import { presetTable } from './configuration/preset-table.ts'
import { summaryOf } from './configuration/summary.ts'
import { start } from './start.ts'

const EXIT_BAD_CONFIGURATION = 78
/** The exit code by which a shell reports SIGTERM. */
const EXIT_TERMINATED = 143

const indented = (text: string) => text.replaceAll(/^/gm, '  ')

/** The result of `read`. If it finds a bad configuration, it prints the problems and exits. */
function orExit<T>(read: () => T): T {
  try {
    return read()
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
  const flags = args.filter((arg) => arg !== '--list-presets')
  const options = orExit(() => readOptions(flags, environment))
  if (flags.length < args.length) return console.log(presetTable(options))
  const configuration = orExit(() => configure(options))
  const { host, port, shutdownTimeoutMs } = configuration
  const simulator = await start(configuration).catch((error: unknown) => {
    const { code, port: failed } = error as NodeJS.ErrnoException & { port?: number }
    if (code === 'EADDRINUSE' || code === 'EACCES') {
      const why = code === 'EADDRINUSE' ? 'is taken' : 'cannot be used'
      const other = failed === port ? 'SIM_PORT or --port' : 'SIM_DCGM_PORT or --dcgm-port'
      console.error(`Port ${failed} on ${host} ${why}; ${other} sets another.`)
    } else if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
      console.error(`${host} is no address of this machine (${code}); SIM_HOST or --host sets another.`)
    else throw error
    process.exit(EXIT_BAD_CONFIGURATION)
  })
  if (options.servedModelName !== undefined && simulator.model !== options.servedModelName)
    console.log(`The model was named ${options.servedModelName}; ids of the simulator begin with sim/.`)
  const stop = () => void simulator.close(shutdownTimeoutMs).then(() => process.exit(0))
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  // The parent process, which opened an IPC channel, has closed it or has ended.
  process.once('disconnect', stop)
  if (process.send && !process.connected) stop()
  console.log(summaryOf(configuration))
  console.log(`simulated vLLM: ${simulator.model} on ${simulator.url}`)
  if (simulator.dcgmUrl !== undefined) console.log(`simulated GPU: ${simulator.dcgmUrl}/metrics`)
}

await main()
