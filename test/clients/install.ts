import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const exec = promisify(execFile)

/** Python clients, in the versions that the suite was written with. */
const PACKAGES = { openai: 'openai==3.57.0', aiperf: 'aiperf==0.13.0' } as const
/** Time for one package, in milliseconds. */
const INSTALL_MS = 180_000

/** A client of this suite. */
export type ClientName = keyof typeof PACKAGES

/** What could be installed: the client's Python, or why it is not there. */
export type Installed = Record<ClientName, { python: string } | { missing: string }>

/**
 * Installs each client into an environment of its own, in `folder`, where the downloads are kept too. What this machine
 * lacks is no failure but is told.
 * @param signal ends what is under way
 */
export async function installClients(folder: string, signal: AbortSignal): Promise<Installed> {
  const names = Object.keys(PACKAGES) as ClientName[]
  const all = (missing: string): Installed =>
    Object.fromEntries(names.map((name) => [name, { missing }])) as Installed
  const run = (command: string, args: readonly string[]): Promise<unknown> =>
    exec(command, args, {
      signal,
      timeout: INSTALL_MS,
      env: { ...process.env, UV_CACHE_DIR: join(folder, 'uv') },
    })
  const python = await findPython(signal)
  if (python === undefined) return all('Python 3.10 or newer with the module venv')
  const boot = join(folder, 'boot')
  try {
    await run(python, ['-m', 'venv', boot])
    await run(join(boot, 'bin/pip'), ['install', '--quiet', '--no-cache-dir', 'uv'])
  } catch {
    return all('PyPI')
  }
  const install = async (name: ClientName): Promise<{ python: string } | { missing: string }> => {
    const home = join(folder, name)
    const own = join(home, 'bin/python')
    try {
      await run(python, ['-m', 'venv', '--without-pip', home])
      await run(join(boot, 'bin/uv'), ['pip', 'install', '--quiet', '--python', own, PACKAGES[name]])
      return { python: own }
    } catch (error) {
      const { stderr = '' } = error as { stderr?: string }
      return { missing: `${PACKAGES[name]} of PyPI (${stderr.trim().split('\n').at(-1) ?? ''})` }
    }
  }
  const installed = await Promise.all(names.map(async (name) => [name, await install(name)] as const))
  return Object.fromEntries(installed) as Installed
}

/** The first Python that is new enough and can make an environment. */
async function findPython(signal: AbortSignal): Promise<string | undefined> {
  const probe = 'import ensurepip, sys, venv; print(sys.executable if sys.version_info >= (3, 10) else "")'
  for (const name of ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python']) {
    const found = await exec(name, ['-c', probe], { signal }).catch(() => undefined)
    const path = found?.stdout.trim() ?? ''
    if (path !== '') return path
  }
  return undefined
}
