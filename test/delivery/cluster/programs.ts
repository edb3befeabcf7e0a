// Programs that no package of Debian's brings: built once from Go modules (programs/), and the pause program.
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compile, goBuild } from './go.ts'
import { deliveryHome } from './home.ts'

const SOURCE = join(import.meta.dirname, 'programs')
/** `kubernetes` is one file that does the work of the name by which it is called. */
const NAMES = [
  ...['kube-apiserver', 'kube-controller-manager', 'kube-proxy', 'kube-scheduler', 'kubectl', 'kubelet'],
  'network-policies',
] as const

/** Changes with anything that the programs are built from. */
function sourceDigest(): string {
  const hash = createHash('sha256')
  for (const name of globSync('**/*.{go,mod,sum}', { cwd: SOURCE }).toSorted())
    hash.update(name).update(readFileSync(join(SOURCE, name)))
  return hash.digest('hex').slice(0, 12)
}

function build(bin: string): void {
  const version = /k8s\.io\/kubernetes (v1\.\d+\.\d+)$/m.exec(
    readFileSync(join(SOURCE, 'go.mod'), 'utf8'),
  )?.[1]
  if (version === undefined) throw new Error('programs/go.mod requires no k8s.io/kubernetes.')
  const [, minor = ''] = version.split('.')
  /** The version that they tell. */
  const stamps = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].map(
    (at) => `-X ${at}.gitVersion=${version} -X ${at}.gitMajor=1 -X ${at}.gitMinor=${minor}`,
  )
  const out = `${bin}.part`
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  goBuild(SOURCE, `${out}/`, ['./kubernetes', './coredns'], stamps.join(' '))
  for (const name of NAMES) symlinkSync('kubernetes', join(out, name))
  renameSync(out, bin)
}

const binaries = (): string => join(deliveryHome(), 'bin', `programs-${sourceDigest()}`)

/**
 * Fetches the modules that the programs are built from, unless they are built.
 * @param say told why they cannot be fetched
 * @returns whether they can be built
 */
export function fetchModules(say: (line: string) => void): boolean {
  if (existsSync(binaries())) return true
  try {
    compile('go', ['mod', 'download'], SOURCE)
    return true
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return false
  }
}

/** Where the programs are. */
export type Programs = Record<(typeof NAMES)[number] | 'coredns' | 'pause', string>

/**
 * Builds what is not built yet: once, ten to twenty minutes of processor time.
 * @param say told before a build that takes more than a moment
 */
export function ensurePrograms(say: (line: string) => void): Programs {
  const bin = binaries()
  if (!existsSync(bin)) {
    say(`Building the programs of a Kubernetes node in ${bin} (once) …`)
    build(bin)
  }
  const built = Object.fromEntries([...NAMES, 'coredns'].map((name) => [name, join(bin, name)]))
  return { ...built, pause: pauseProgram() } as Programs
}

/** A static program that does nothing; compiled in a moment. */
export function pauseProgram(): string {
  const file = join(deliveryHome(), 'bin', 'pause')
  mkdirSync(dirname(file), { recursive: true })
  if (!existsSync(file))
    compile('gcc', ['-static', '-Os', '-o', file, join(import.meta.dirname, 'pause.c')], import.meta.dirname)
  return file
}
