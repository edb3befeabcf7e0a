import { ZodError } from 'zod'
import { patienceOf } from './patience.ts'
import { type Config, readConfig } from './env.ts'
import { createLogger } from './logger.ts'
import { serve } from './serve.ts'
import { BAD_CONFIGURATION, adviceOn } from './start-advice.ts'
import { BadUsage, isRefusal, STORE_USAGE, storeCommand } from './store-command.ts'
import { migrateStore } from './store/database.ts'

/** Exit code `EX_USAGE` of sysexits.h. */
const BAD_USAGE = 64

/** Exit code of a command that could not be done as things are. */
const REFUSED = 1

const USAGE = `Usage: slicechat-api [migrate | store …]

  (no command)  serves the API
  migrate       brings the tables of the store up to date, and ends
${STORE_USAGE}

Settings are environment variables; the README lists them.`

function configOrExit(): Config {
  try {
    return readConfig()
  } catch (error) {
    if (!(error instanceof ZodError)) throw error
    console.error('The configuration has problems:')
    for (const { path, message } of error.issues) console.error(`  ${path.join('.')}: ${message}`)
    process.exit(BAD_CONFIGURATION)
  }
}

/** The commands of this program, by their names. Only `store` has arguments. */
const commands: Record<string, (config: Config, args: string[]) => Promise<void>> = {
  '': (config) => serve(config, createLogger(config.LOG_LEVEL)),
  migrate: async (config) => {
    await migrateStore(config, patienceOf(config, createLogger(config.LOG_LEVEL)))
    console.log('The store is up to date.')
  },
  store: (config, args) => storeCommand(args, config),
}

function refuseUsage(problem?: string): never {
  if (problem !== undefined) console.error(`${problem}\n`)
  console.error(USAGE)
  process.exit(BAD_USAGE)
}

const [name = '', ...rest] = process.argv.slice(2)
const command = rest.length === 0 || name === 'store' ? commands[name] : undefined
if (command === undefined) refuseUsage()
const config = configOrExit()
try {
  await command(config, rest)
} catch (error) {
  if (error instanceof BadUsage) refuseUsage(error.message)
  if (isRefusal(error)) {
    console.error((error as Error).message)
    process.exit(REFUSED)
  }
  const sentence = adviceOn(error, config)
  if (sentence === undefined) throw error
  console.error(sentence)
  process.exit(BAD_CONFIGURATION)
}
