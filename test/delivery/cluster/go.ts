// Go programs that no package of Debian's brings, from the module proxy or the machine's cache of it.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { searchPath } from '../requirements.ts'
import { deliveryHome } from './home.ts'

/** A build that did not come about, with the last lines of what the compiler said. */
class BuildFailed extends Error {}

/** Runs a program in a folder. @returns what it printed @throws with its last lines where it fails */
export function compile(
  program: string,
  args: string[],
  folder: string,
  env: NodeJS.ProcessEnv = {},
): string {
  const result = spawnSync(program, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, PATH: searchPath(), ...env },
  })
  if (result.error !== undefined) throw result.error
  if (result.status === 0) return result.stdout
  const said = result.stderr.trim().split('\n').slice(-5).join('\n')
  throw new BuildFailed(`${program} ${args.slice(0, 3).join(' ')} … in ${folder} failed:\n${said}`)
}

/**
 * Runs `go build` with static linking and without debugging information. What a build that is broken off has compiled, Go keeps. The
 * compiler lives for a second a package: GOGC has it collect its garbage less often.
 */
export function goBuild(folder: string, out: string, packages: readonly string[], linkerFlags = ''): void {
  const flags = ['-buildvcs=false', '-trimpath', '-mod=readonly', '-gcflags=all=-dwarf=false']
  const link = ['-ldflags', `-s -w ${linkerFlags}`]
  const env = { CGO_ENABLED: '0', GOGC: '400' }
  compile('go', ['build', ...flags, ...link, '-o', out, ...packages], folder, env)
}

/** Folder with the source of a module. */
export function moduleSource(module: string, version: string): string {
  const home = deliveryHome()
  mkdirSync(home, { recursive: true })
  const out = compile('go', ['mod', 'download', '-json', `${module}@${version}`], home)
  return (JSON.parse(out) as { Dir: string }).Dir
}

interface GoProgram {
  name: string
  module: string
  version: string
  /** The main package's folder in the module. */
  path: string
  linkerFlags?: string
}

/** Folder that holds a program and nothing else: built once, by the versions that its own module asks for. */
export function ensureGoProgram({ name, module, version, path, linkerFlags }: GoProgram): string {
  const folder = join(deliveryHome(), 'bin', `${name}-${version}`)
  if (existsSync(folder)) return folder
  console.log(`Building ${name} ${version} (once) …`)
  const part = `${folder}.${process.pid}`
  mkdirSync(part, { recursive: true })
  try {
    goBuild(moduleSource(module, version), join(part, name), [path], linkerFlags)
    renameSync(part, folder)
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
  return folder
}
