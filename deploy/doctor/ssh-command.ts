import type { Hit } from './check.ts'
import { type Tree, workloads } from './tree.ts'
import { text, texts } from './value.ts'

/** One call of the ssh client that forwards a port, with its known options. */
export interface SshCommand {
  readonly where: Pick<Hit, 'in' | 'path'>
  readonly arguments: readonly string[]
  /** Options of `-o` and of a configuration file in the tree, with names in lower case. */
  readonly options: ReadonlyMap<string, string>
  /** True if `-F` names a file that is not in the tree, which may set more options. */
  readonly elsewhere: boolean
  /** Text of the systemd unit, if the call is in one. */
  readonly unit?: string
}

/** ssh tunnels in systemd units and in containers. */
export function sshCommands(tree: Tree): SshCommand[] {
  return [...fromUnits(tree), ...fromContainers(tree)]
}

function* fromUnits(tree: Tree): Iterable<SshCommand> {
  for (const file of tree.files) {
    if (!file.path.endsWith('.service')) continue
    // A backslash at the end of a line continues it; the command gets the number of its first line.
    let line = 0
    for (const logical of file.text.split(/(?<!\\)\n/)) {
      line += 1
      const start = line
      line += logical.split('\n').length - 1
      const [, command] = /^ExecStart\s*=\s*[-@:+!|]*(.*)$/s.exec(logical) ?? []
      if (command === undefined) continue
      yield* parse(command.replaceAll('\\\n', ' ').split(/\s+/), { in: file, path: [start] }, tree, file.text)
    }
  }
}

function* fromContainers(tree: Tree): Iterable<SshCommand> {
  for (const { manifest, containers, initContainers } of workloads(tree))
    for (const { path, value } of [...initContainers, ...containers]) {
      const words = [...texts(value, 'command'), ...texts(value, 'args')].flatMap((each) => each.split(/\s+/))
      const field = text(value, 'command', 0) === undefined ? 'args' : 'command'
      yield* parse(words, { in: manifest, path: [...path, field] }, tree)
    }
}

function* parse(
  words: readonly string[],
  where: SshCommand['where'],
  tree: Tree,
  unit?: string,
): Iterable<SshCommand> {
  const begin = words.findIndex((word) => /(^|\/)(auto)?ssh$/.test(word))
  if (begin === -1) return
  const rest = words.slice(begin + 1)
  if (!rest.some((word) => /^-[A-Za-z]*[LRDW]/.test(word)) && !rest.includes('-N') && !rest.includes('-NT'))
    return
  const options = new Map<string, string>()
  const set = (option: string): void => {
    const [, name = '', value = ''] = /^\s*(\w+)(?:\s*=\s*|\s+)"?(.*?)"?\s*$/.exec(option) ?? []
    // As in ssh, the first value of an option counts.
    if (name !== '' && !options.has(name.toLowerCase())) options.set(name.toLowerCase(), value)
  }
  for (const [index, word] of rest.entries())
    if (word === '-o') set(rest[index + 1] ?? '')
    else if (word.startsWith('-o')) set(word.slice(2))
  const named = rest[rest.indexOf('-F') + 1]
  const uses = rest.includes('-F') && named !== undefined
  const configuration = uses
    ? tree.files.find(({ path }) => path.split('/').at(-1) === named.split('/').at(-1))
    : undefined
  for (const line of configuration?.text.split('\n') ?? []) if (!/^\s*(#|Host\b|$)/.test(line)) set(line)
  yield {
    where,
    arguments: rest,
    options,
    elsewhere: uses && configuration === undefined,
    ...(unit === undefined ? {} : { unit }),
  }
}
