// Builds Go programs that no Debian package contains, from modules of the module proxy or of Go's module cache.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { searchPath } from '../requirements.ts'
import { deliveryHome } from './home.ts'

/** A failed build, with the compiler's last lines. */
class BuildFailed extends Error {}

/** Runs a program in a folder. @returns its stdout @throws with the last lines of its stderr if it fails */
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
 * Runs `go build` with static linking and without debugging information. Go keeps what an interrupted build has compiled. The
 * compiler runs for about a second per package, so GOGC lets it collect garbage less often.
 */
export function goBuild(folder: string, out: string, packages: readonly string[], linkerFlags = ''): void {
  const flags = ['-buildvcs=false', '-trimpath', '-mod=readonly', '-gcflags=all=-dwarf=false']
  const link = ['-ldflags', `-s -w ${linkerFlags}`]
  const env = { CGO_ENABLED: '0', GOGC: '400' }
  compile('go', ['build', ...flags, ...link, '-o', out, ...packages], folder, env)
}

/** Downloads a module, unless Go has it. @returns the folder with its source */
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

/** Builds a program once, with the dependency versions of its own module. @returns a folder that holds only the program */
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
