// Programs that no package of Debian's brings: built once from the Go module proxy, and the pause program.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { searchPath } from '../requirements.ts'
import { deliveryHome } from './home.ts'

const KUBERNETES = { module: 'k8s.io/kubernetes', version: 'v1.36.3' }
const PROGRAMS = ['kube-apiserver', 'kubectl']
/** The version that they tell. */
const stamps = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].map(
  (at) => `-X ${at}.gitVersion=${KUBERNETES.version} -X ${at}.gitMajor=1 -X ${at}.gitMinor=36`,
)

/** A build that did not come about, with the last lines of what the compiler said. */
class BuildFailed extends Error {}

function run(program: string, args: string[], folder: string, env: NodeJS.ProcessEnv = {}): string {
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

interface GoModFile {
  Replace: { Old: { Path: string }; New: { Path: string; Version?: string } }[] | null
}

/** Folder with the source of a module, from the module proxy or the machine's cache of it. */
export function moduleSource(module: string, version: string): string {
  const home = deliveryHome()
  mkdirSync(home, { recursive: true })
  const out = run('go', ['mod', 'download', '-json', `${module}@${version}`], home)
  return (JSON.parse(out) as { Dir: string }).Dir
}

/**
 * The go.mod of a module that requires another and repeats its replacements, which Go reads from the main module alone.
 * Kubernetes replaces its libraries by folders of its repository, which the proxy serves as modules: v1.36.3 as v0.36.3.
 */
function goMod(source: string): string {
  const { module, version } = KUBERNETES
  const { Replace } = JSON.parse(
    run('go', ['mod', 'edit', '-json', join(source, 'go.mod')], source),
  ) as GoModFile
  const replacements = (Replace ?? []).flatMap(({ Old, New }) => {
    if (New.Version !== undefined) return [`replace ${Old.Path} => ${New.Path} ${New.Version}`]
    return New.Path.startsWith('./staging/')
      ? [`replace ${Old.Path} => ${Old.Path} ${version.replace('v1.', 'v0.')}`]
      : []
  })
  return [
    'module slicechat.test/build',
    'go 1.26.0',
    `require ${module} ${version}`,
    ...replacements,
    '',
  ].join('\n')
}

function buildKubernetes(bin: string): void {
  const { module, version } = KUBERNETES
  const folder = join(deliveryHome(), 'build', `kubernetes-${version}`)
  const out = join(folder, 'bin')
  mkdirSync(out, { recursive: true })
  const source = moduleSource(module, version)
  writeFileSync(join(folder, 'go.mod'), goMod(source))
  // Not copied: files of the module cache are read-only.
  writeFileSync(join(folder, 'go.sum'), readFileSync(join(source, 'go.sum')))
  // One by one: what a build that is broken off has compiled, Go keeps.
  for (const name of PROGRAMS)
    run(
      'go',
      ['build', '-ldflags', `-s -w ${stamps.join(' ')}`, '-o', `${out}/`, `${module}/cmd/${name}`],
      folder,
      {
        CGO_ENABLED: '0',
        GOFLAGS: '-buildvcs=false -mod=mod -trimpath',
      },
    )
  mkdirSync(dirname(bin), { recursive: true })
  renameSync(out, bin)
  rmSync(folder, { recursive: true, force: true })
}

/** Where the programs are. */
export interface Programs {
  apiServer: string
  kubectl: string
  pause: string
}

/**
 * Builds what is not built yet (once for each version: some minutes of processor time for Kubernetes).
 * @param say told before a build that takes more than a moment
 */
export function ensurePrograms(say: (line: string) => void): Programs {
  const { module, version } = KUBERNETES
  const bin = join(deliveryHome(), 'bin', `kubernetes-${version}`)
  if (!existsSync(bin)) {
    say(`Building ${PROGRAMS.join(' and ')} from ${module} ${version} (once) …`)
    buildKubernetes(bin)
  }
  return { apiServer: join(bin, 'kube-apiserver'), kubectl: join(bin, 'kubectl'), pause: pauseProgram() }
}

/** A static program that does nothing; compiled in a moment. */
export function pauseProgram(): string {
  const file = join(deliveryHome(), 'bin', 'pause')
  mkdirSync(dirname(file), { recursive: true })
  if (!existsSync(file))
    run('gcc', ['-static', '-Os', '-o', file, join(import.meta.dirname, 'pause.c')], import.meta.dirname)
  return file
}
