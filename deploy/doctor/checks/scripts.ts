import type { Check } from '../check.ts'
import type { TextFile } from '../tree.ts'

/** Lines of files, numbered from 1, without lines that are only a comment. */
function* lines(files: Iterable<TextFile>): Iterable<[TextFile, number, string]> {
  for (const file of files)
    for (const [index, line] of file.text.split('\n').entries())
      if (!/^\s*(#|\/\/|\*)/.test(line)) yield [file, index + 1, line]
}

/** Whether a place is inside single quotes of its line, as a shell and Groovy read them. */
function singleQuoted(line: string, place: number): boolean {
  let quote = ''
  for (let index = 0; index < place; index++) {
    const character = line[index] ?? ''
    if (character === '\\' && quote !== "'") index += 1
    else if (quote === '' && (character === "'" || character === '"')) quote = character
    else if (character === quote) quote = ''
  }
  return quote === "'"
}

const robot: Check = {
  id: 'robot-quotes',
  symptom: 'Harbor says “unauthorized” to the robot account, with the right password.',
  cause:
    'Harbor’s robots are named `robot$…`; a shell and Groovy put a variable’s value (mostly nothing) where the `$` stands.',
  fix: 'Write the name in single quotes, or read it from a credential and use it as "$ROBOT_USER".',
  *find(tree) {
    for (const [file, number, line] of lines(tree.files.filter(isScript)))
      for (const match of line.matchAll(/robot\$[\w{]/g))
        if (!singleQuoted(line, match.index))
          yield { in: file, path: [number], detail: 'the shell reads a variable in the robot’s name' }
  },
}

const isScript = ({ path, text }: TextFile): boolean =>
  /\.(sh|bash|groovy)$|(^|\/)[^/]*Jenkinsfile[^/]*$/.test(path) || /^#!.*\b(ba|da|z)?sh\b/.test(text)

const kanikoArchived: Check = {
  id: 'kaniko-archived',
  symptom: 'Builds run with an image that gets no more security updates.',
  cause: 'GoogleContainerTools’ Kaniko was archived in June 2025.',
  fix: 'Use ghcr.io/osscontainertools/kaniko, by digest.',
  *find(tree) {
    for (const [file, number, line] of lines(tree.files))
      if (line.includes('gcr.io/kaniko-project/'))
        yield { in: file, path: [number], detail: 'this is the archived image' }
  },
}

const kanikoTls: Check = {
  id: 'kaniko-tls',
  symptom: 'Nothing, until somebody answers in a registry’s place and the build takes its base image.',
  cause: '`--insecure`, `--skip-tls-verify` and their `-pull` forms relax TLS for every registry.',
  fix: 'Name the one registry: `--insecure-registry HOST`, `--skip-tls-verify-registry HOST`, or give its CA with `--registry-certificate`.',
  *find(tree) {
    for (const [file, number, line] of lines(tree.files.filter(isScript))) {
      const flag = /--(insecure|skip-tls-verify|insecure-pull|skip-tls-verify-pull)(?![\w-])/.exec(line)?.[0]
      if (flag !== undefined) yield { in: file, path: [number], detail: `${flag} is for all registries` }
    }
  },
}

export const scripts = [robot, kanikoArchived, kanikoTls]
