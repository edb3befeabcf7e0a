import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The Debian package of each program that a delivery test runs. */
const PACKAGES = {
  buildah: 'buildah',
  runc: 'runc',
  podman: 'podman',
  skopeo: 'skopeo',
  containerd: 'containerd',
  'docker-registry': 'docker-registry',
  etcd: 'etcd-server',
  conntrack: 'conntrack',
  ipset: 'ipset',
  iptables: 'iptables',
  nft: 'nftables',
  ip: 'iproute2',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  openssl: 'openssl',
  git: 'git',
  jq: 'jq',
  htpasswd: 'apache2-utils',
  prometheus: 'prometheus',
  gcc: 'gcc',
  strip: 'binutils',
} as const

type Program = keyof typeof PACKAGES
/** `root`: user 0. `go`: the Go toolchain (1.26 or newer) and its module proxy. `cni`: the plugins in /usr/lib/cni. */
type Requirement = Program | 'root' | 'go' | 'cni'

/** What the Kubernetes node of `test/delivery/cluster` is made of. */
const CLUSTER = [
  ...(['root', 'go', 'cni', 'gcc', 'etcd', 'containerd', 'runc', 'nsenter', 'setpriv', 'ip'] as const),
  ...(['iptables', 'ipset', 'conntrack', 'openssl'] as const),
] satisfies Requirement[]

/** A row for each file `test/delivery/NAME.test.ts`: what it shows, and what it needs beside Node. */
export const PARTS = {
  images: {
    shows: 'each image of the Dockerfile is small, repeatable, locked down and serves',
    needs: ['root', 'git', 'buildah', 'podman', 'runc', 'strip'],
  },
  cluster: { shows: 'a real Kubernetes node comes up, and nothing of it stays', needs: CLUSTER },
} as const satisfies Record<string, { shows: string; needs: readonly Requirement[] }>

export type PartName = keyof typeof PARTS

/** Folders that hold programs of root's beside those of `PATH`. */
const SBIN = ['/usr/local/go/bin', '/usr/local/sbin', '/usr/sbin', '/sbin']

/** `PATH` with the folders that an ordinary user's lacks. */
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

/** What is said of a requirement that this machine does not meet; undefined where it does. */
function lack(requirement: Requirement): string | undefined {
  switch (requirement) {
    case 'root':
      return process.getuid?.() === 0 ? undefined : 'root'
    case 'go':
      return hasProgram('go') ? undefined : 'go (1.26 or newer, from go.dev)'
    case 'cni':
      return isExecutable('/usr/lib/cni/bridge') ? undefined : 'containernetworking-plugins'
    default:
      return hasProgram(requirement) ? undefined : PACKAGES[requirement]
  }
}

/** What a part needs and this machine lacks: `root`, `go` and names of Debian packages, each once. */
export function missingFor(part: PartName): string[] {
  const missing = PARTS[part].needs.map(lack).filter((each) => each !== undefined)
  return [...new Set(missing)]
}
