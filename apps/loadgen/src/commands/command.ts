import type { Environment } from '../env.ts'
import type { Console } from '../terminal/console.ts'
import { type Flag, flag, type Flags, readFlags, type Values, type Positionals } from './flag.ts'
import { PROGRAM_NAME } from './program-name.ts'

/** What a command gets from the command line and the process. */
export interface Call<F extends Flags> {
  readonly positionals: readonly string[]
  readonly flags: Values<F>
  /** The flags in the order in which they were given, secrets included; a switch has `null`. */
  readonly given: readonly (readonly [name: string, value: string | null])[]
  readonly env: Environment
  readonly console: Console
  /** Fires when the user wants the command to end (Ctrl-C, SIGTERM). */
  readonly signal: AbortSignal
}

/** One of the load tester's commands. */
export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  readonly flags: Flags
  help(): string
  /** @returns the exit code @throws UsageProblem, and the errors that `failureOf` reads */
  run(args: readonly string[], context: Omit<Call<Flags>, 'positionals' | 'flags' | 'given'>): Promise<number>
}

export interface CommandDefinition<F extends Flags> {
  readonly name: string
  readonly summary: string
  readonly positionals: Positionals
  readonly flags: F
  /** Flags that only other commands have, each with what to use here. */
  readonly instead?: Readonly<Record<string, string>>
  /** Paragraphs below the usage line. */
  readonly details?: string
  readonly examples?: readonly string[]
  readonly run: (call: Call<F>) => Promise<number>
}

export function command<F extends Flags>(definition: CommandDefinition<F>): Command {
  const { name, summary, positionals, flags, run, instead } = definition
  return {
    name,
    summary,
    flags,
    help: () => helpOf(definition),
    run: (args, context) => {
      const read = readFlags(args, flags, positionals, instead)
      return run({ ...context, flags: read.values, positionals: read.positionals, given: read.given })
    },
  }
}

const help = flag.switch('shows this')

function helpOf({
  name,
  summary,
  positionals,
  flags,
  details,
  examples = [],
}: Omit<CommandDefinition<Flags>, 'run'>): string {
  const rows = Object.entries<Flag<unknown>>({ ...flags, help }).map(
    ([flagName, { value, help: text, many }]) =>
      [`--${flagName}${value === undefined ? '' : ` ${value}`}${many ? ' …' : ''}`, text] as const,
  )
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)))
  const lines = rows.map(([left, text]) =>
    left.length > width ? `  ${left}\n  ${' '.repeat(width)}  ${text}` : `  ${left.padEnd(width)}  ${text}`,
  )
  return [
    `slicechat-loadgen ${name}${positionals.names === '' ? '' : ` ${positionals.names}`} [flags]`,
    `${summary.replace(/^./, (first) => first.toUpperCase())}.${details === undefined ? '' : `\n\n${details}`}`,
    `Flags:\n${lines.join('\n')}`,
    ...(examples.length === 0
      ? []
      : [`Examples:\n${examples.map((line) => `  ${PROGRAM_NAME} ${line}`).join('\n')}`]),
  ].join('\n\n')
}
