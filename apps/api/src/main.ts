import { ZodError } from 'zod'
import { patienceOf } from './api.ts'
import { type Config, readConfig } from './env.ts'
import { createLogger } from './logger.ts'
import { serve } from './serve.ts'
import { BAD_CONFIGURATION, adviceOn } from './start-advice.ts'
import { migrateStore } from './store/database.ts'

/** Exit code `EX_USAGE` of sysexits.h. */
const BAD_USAGE = 64

const USAGE = `Usage: slicechat-api [migrate]

  (no command)  serves the API
  migrate       brings the tables of the store up to date, and ends

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

/** The commands of this program, by their names. */
const commands: Record<string, (config: Config) => Promise<void>> = {
  '': (config) => serve(config, createLogger(config.LOG_LEVEL)),
  migrate: async (config) => {
    await migrateStore(config, patienceOf(config, createLogger(config.LOG_LEVEL)))
    console.log('The store is up to date.')
  },
}

const [name = '', ...rest] = process.argv.slice(2)
const command = rest.length === 0 ? commands[name] : undefined
if (command === undefined) {
  console.error(USAGE)
  process.exit(BAD_USAGE)
}
const config = configOrExit()
try {
  await command(config)
} catch (error) {
  const sentence = adviceOn(error, config)
  if (sentence === undefined) throw error
  console.error(sentence)
  process.exit(BAD_CONFIGURATION)
}
