import { BadConfiguration } from './bad-configuration.ts'
import { configure } from './configuration.ts'
import { environment, readOptions, usage } from './env.ts'
import { startSimulator } from './index.ts'
import type { SimulatorOptions } from './options.ts'
import { summaryOf } from './presets/summary.ts'
import { presetTable } from './presets/table.ts'

const EXIT_BAD_CONFIGURATION = 78

const indented = (text: string) => text.replaceAll(/^/gm, '  ')

function options(args: readonly string[]): SimulatorOptions {
  try {
    return readOptions(args, environment)
  } catch (error) {
    if (!(error instanceof BadConfiguration)) throw error
    console.error(`The simulator cannot start:\n${error.problems.map(indented).join('\n')}`)
    process.exit(EXIT_BAD_CONFIGURATION)
  }
}

async function main(): Promise<void> {
  if (process.argv[2] === 'calibrate') {
    const { calibrate } = await import('./calibrate/command.ts')
    process.exitCode = await calibrate(process.argv.slice(3), console.log, console.error)
    return
  }
  if (process.argv.includes('--help')) return console.log(usage())
  if (process.argv.includes('--list-presets'))
    return console.log(presetTable(options(process.argv.slice(2).filter((arg) => arg !== '--list-presets'))))
  const wanted = options(process.argv.slice(2))
  const simulator = await startSimulator(wanted).catch((error: unknown) => {
    const { code, port } = error as NodeJS.ErrnoException & { port?: number }
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error
    const why = code === 'EADDRINUSE' ? 'is taken' : 'cannot be used'
    const other = port === wanted.port ? 'SIM_PORT or --port' : 'SIM_DCGM_PORT or --dcgm-port'
    console.error(`Port ${port} on ${wanted.host} ${why}; ${other} sets another.`)
    process.exit(EXIT_BAD_CONFIGURATION)
  })
  if (wanted.servedModelName !== undefined && simulator.model !== wanted.servedModelName)
    console.log(`The model was named ${wanted.servedModelName}; ids of the simulator begin with sim/.`)
  const stop = () => void simulator.close().then(() => process.exit(0))
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  console.log(summaryOf(configure(wanted)))
  console.log(`simulated vLLM: ${simulator.model} on ${simulator.url}`)
  if (simulator.dcgmUrl !== undefined) console.log(`simulated GPU: ${simulator.dcgmUrl}/metrics`)
}

await main()
