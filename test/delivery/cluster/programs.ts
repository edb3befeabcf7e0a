// Builds, once, the programs that no Debian package contains: those from Go modules (programs/), and `pause`.
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compile, goBuild } from './go.ts'
import { deliveryHome } from './home.ts'

const SOURCE = join(import.meta.dirname, 'programs')
/** Names of the single program `kubernetes`, which does the work of the name under which it is called. */
const NAMES = [
  ...['kube-apiserver', 'kube-controller-manager', 'kube-proxy', 'kube-scheduler', 'kubectl', 'kubelet'],
  'network-policies',
] as const

/** A digest of all sources of the programs. */
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
  /** Linker flags with the version that the programs report. */
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

/** The programs' files. */
export type Programs = Record<(typeof NAMES)[number] | 'coredns' | 'pause', string>

/**
 * Builds the programs that are not built yet. The first build takes ten to twenty minutes of processor time.
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

/** Compiles `pause`, a static program that does nothing, in a moment. @returns its file */
export function pauseProgram(): string {
  const file = join(deliveryHome(), 'bin', 'pause')
  mkdirSync(dirname(file), { recursive: true })
  if (!existsSync(file))
    compile('gcc', ['-static', '-Os', '-o', file, join(import.meta.dirname, 'pause.c')], import.meta.dirname)
  return file
}
