import { spawnSync } from 'node:child_process'
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { deliveryHome } from './cluster/home.ts'

/** The Debian package of each program that a delivery test runs. */
const PACKAGES = {
  buildah: 'buildah',
  runc: 'runc',
  podman: 'podman',
  skopeo: 'skopeo',
  containerd: 'containerd',
  conntrack: 'conntrack',
  ipset: 'ipset',
  iptables: 'iptables',
  'docker-registry': 'docker-registry',
  etcd: 'etcd-server',
  ip: 'iproute2',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  openssl: 'openssl',
  'redis-server': 'redis-server',
  git: 'git',
  jq: 'jq',
  htpasswd: 'apache2-utils',
  prometheus: 'prometheus',
  nginx: 'nginx-light',
  gcc: 'gcc libc6-dev',
  strip: 'binutils',
  java: 'default-jre-headless',
  mvn: 'maven',
} as const

type Program = keyof typeof PACKAGES
/** `root`: user 0. `go`: the Go toolchain (1.26 or newer) and its module proxy. `cni`: network plugins in /usr/lib/cni.
 * `full`: `DELIVERY_FULL=1`, since the builds for these parts take a quarter of an hour more. */
type Requirement = Program | 'root' | 'go' | 'cni' | 'static busybox' | 'full'

/** Requirements of the API server of `test/delivery/cluster`. */
const CLUSTER = ['root', 'go', 'gcc', 'etcd', 'nsenter', 'setpriv', 'ip', 'openssl'] as const

/** Requirements of a cluster with a node. */
const NODE = [...CLUSTER, 'containerd', 'runc', 'cni', 'iptables', 'ipset', 'conntrack'] as const

/** Requirements of a node that pulls our images from a registry. */
const WORKLOADS = [...NODE, 'buildah', 'strip', 'docker-registry'] as const

/** A row for each file `test/delivery/NAME.test.ts`: what it shows, and what it needs beside Node. */
export const PARTS = {
  admission: { shows: 'admission refuses tags, root and pods without limits', needs: CLUSTER },
  tunnel: {
    shows: 'the ssh tunnel of deploy/tunnel leads where it must and nowhere else, and comes back',
    needs: ['root', 'gcc', 'nsenter', 'setpriv', 'ip', 'ssh', 'sshd'],
  },
  'dry-run': { shows: 'an API server takes every manifest, asked strictly', needs: CLUSTER },
  packages: { shows: 'client and load tester install without a registry, type-check and run', needs: [] },
  bundles: { shows: 'API, web, load tester and simulator run from their bundles alone', needs: [] },
  images: {
    shows:
      'a commit becomes images in a registry and digests in the deploy repository; each is small, repeatable, locked down and serves',
    needs: [
      ...['root', 'go', 'git', 'buildah', 'podman', 'runc', 'skopeo', 'strip', 'nsenter', 'setpriv'],
      ...['docker-registry', 'htpasswd'],
    ] as const,
  },
  jenkinsfile: { shows: 'Jenkins can read the Jenkinsfile', needs: ['java', 'mvn'] },
  cluster: { shows: 'a Kubernetes node comes up, and nothing of it stays', needs: NODE },
  kubernetes: {
    shows: 'our overlays serve on a Kubernetes node, and stand up to what goes wrong there',
    needs: [...WORKLOADS, 'prometheus', 'ssh', 'sshd', 'nginx'],
  },
  argocd: {
    shows: 'Argo CD itself deploys what the pipeline pushes, heals it and goes back',
    needs: [...WORKLOADS, 'ssh', 'sshd', 'git', 'redis-server', 'full'],
  },
  kaniko: {
    shows: 'Kaniko builds the Dockerfile in a pod, by the stage that Jenkins runs',
    needs: [...WORKLOADS, 'git', 'skopeo', 'static busybox', 'full'],
  },
  pipeline: {
    shows: 'a commit becomes a digest in the deploy repository, whatever happens on the way',
    needs: ['go', 'buildah', 'skopeo', 'docker-registry', 'htpasswd', 'git', 'setpriv'],
  },
} as const satisfies Record<string, { shows: string; needs: readonly Requirement[] }>

export type PartName = keyof typeof PARTS

/** Folders of programs that an ordinary user's `PATH` lacks. */
const SBIN = ['/usr/local/go/bin', '/usr/local/sbin', '/usr/sbin', '/sbin']

/** `PATH` with these folders added. */
export function searchPath(env: NodeJS.ProcessEnv = process.env): string {
  return [env['PATH'] ?? '', ...SBIN].join(delimiter)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function hasProgram(name: string): boolean {
  return searchPath()
    .split(delimiter)
    .some((folder) => folder !== '' && isExecutable(join(folder, name)))
}

let contained: boolean | undefined
/** Whether root can make namespaces here, and overlay mounts in the folders of images and clusters. Tried once. */
function mayContain(): boolean {
  if (contained !== undefined) return contained
  const folders = [deliveryHome(), tmpdir()].map((folder) => {
    mkdirSync(folder, { recursive: true })
    return mkdtempSync(join(folder, 'slicechat-overlay-'))
  })
  const mount = 'mount -t overlay -o "lowerdir=$f/l,upperdir=$f/u,workdir=$f/w" overlay "$f"'
  const script = `for f; do mkdir "$f/l" "$f/u" "$f/w" && ${mount} || exit 1; done`
  const namespaces = ['--mount', '--pid', '--net', '--ipc', '--uts', '--fork']
  const { status } = spawnSync('unshare', [...namespaces, 'sh', '-c', script, 'sh', ...folders])
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  return (contained = status === 0)
}

/** The words for a requirement that this machine does not meet; undefined if it meets it. */
function lack(requirement: Requirement): string | undefined {
  switch (requirement) {
    case 'root':
      if (process.getuid?.() !== 0) return 'root'
      return mayContain() ? undefined : 'namespaces and overlay mounts, which root may not make here'
    case 'go':
      if (process.env['DELIVERY_WITHOUT_GO'] === '1') return 'go modules, which are out of reach'
      return hasProgram('go') ? undefined : 'go (1.26 or newer, from go.dev)'
    case 'full':
      return process.env['DELIVERY_FULL'] === '1' ? undefined : 'DELIVERY_FULL=1'
    case 'cni':
      return isExecutable('/usr/lib/cni/bridge') ? undefined : 'containernetworking-plugins'
    case 'static busybox':
      // The package `busybox` has a program of the same name; only the documentation's folder tells them apart.
      return isExecutable('/usr/share/doc/busybox-static') ? undefined : 'busybox-static'
    default:
      return hasProgram(requirement) ? undefined : PACKAGES[requirement]
  }
}

/** The unmet requirements of a part: `root`, `go`, `DELIVERY_FULL=1` and names of Debian packages, each once. */
export function missingFor(part: PartName): string[] {
  const missing = PARTS[part].needs.map(lack).filter((each) => each !== undefined)
  return [...new Set(missing)]
}
