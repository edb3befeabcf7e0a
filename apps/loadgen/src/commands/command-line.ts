import packageJson from '../../package.json' with { type: 'json' }
import { readEnvironment } from '../env.ts'
import { nearest } from '../scenario/nearest.ts'
import type { Console } from '../terminal/console.ts'
import { calibrate } from './calibrate.ts'
import { compare } from './compare.ts'
import { EXIT } from '../problems/exit-code.ts'
import { failureOf } from '../problems/failure.ts'
import { merge } from './merge.ts'
import { probe } from './probe.ts'
import { report } from './report.ts'
import { run } from './run.ts'
import { scenarios } from './scenarios.ts'
import { sweep } from './sweep.ts'
import { UsageProblem } from '../problems/usage-problem.ts'
import { PROGRAM_NAME } from './program-name.ts'

/** All commands, in the order of the help. */
export const commands = [run, sweep, probe, compare, report, merge, calibrate, scenarios]

/** Runs the command that the arguments name. @returns the exit code; errors are printed on the console */
export async function commandLine(
  args: readonly string[],
  console: Console,
  signal: AbortSignal,
): Promise<number> {
  const [name, ...rest] = args
  if (name === '--version') {
    console.result(packageJson.version)
    return EXIT.met
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const wanted = commands.find((command) => command.name === rest[0])
    console.result(wanted?.help() ?? overview())
    return name === undefined ? EXIT.usage : EXIT.met
  }
  const command = commands.find((one) => one.name === name)
  try {
    if (command === undefined) throw new UsageProblem([unknown(name)])
    if (rest.includes('--help') || rest.includes('-h')) {
      console.result(command.help())
      return EXIT.met
    }
    return await command.run(rest, { env: readEnvironment(), console, signal })
  } catch (error) {
    const { code, lines } = failureOf(error)
    for (const line of lines) console.message(`${console.paint('red', '✗')} ${line}`)
    if (code !== EXIT.usage) return code
    console.message('')
    console.message(`Help: ${PROGRAM_NAME} ${command === undefined ? '' : `${command.name} `}--help`)
    return code
  }
}

function unknown(name: string): string {
  const names = commands.map((command) => command.name)
  const near = nearest(name, names)
  return `${name}: no such command${near === undefined ? '' : `; did you mean ${near}?`}`
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `Slicechat's load tester: sends chats as people would, and compares what client, API, vLLM and GPU measured.

Begin with: ${PROGRAM_NAME} run smoke

Commands:
${lines.join('\n')}

COMMAND --help tells its flags; --version this program's version. Documentation: docs/loadgen.md of Slicechat's repository.

Exit codes: 0 all thresholds met, 99 some missed, 98 the witnesses' counts do not add up, 1 error or client saturated,
64 command line not understood, 78 scenario, target, key or file not usable, 130 ended by Ctrl-C (the run is kept).`
}
