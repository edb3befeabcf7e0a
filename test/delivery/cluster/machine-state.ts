import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { rigNames, rigsFolder } from './leftovers.ts'

/** The parts of this machine's state in which a cluster could leave something. */
export interface MachineState {
  /** Command lines. */
  processes: string[]
  mounts: string[]
  namespaces: string[]
  links: string[]
  rules: string
  sysctls: Record<string, string>
  /** Folders and control groups of clusters. */
  rigs: string[]
  folders: string[]
}

/** Programs of a cluster. They count only in a network namespace other than this process's. */
const PROGRAMS = /^(\S*\/)?(etcd|kube|containerd|coredns|pause|nsenter|unshare|ssh|docker-registry|node)/

/** Sysctls that the kubelet and kube-proxy set. */
const SYSCTLS = [
  ...['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops'],
  ...['kernel/keys/root_maxkeys', 'kernel/keys/root_maxbytes', 'net/netfilter/nf_conntrack_max'],
  ...['net/ipv4/ip_forward', 'net/ipv4/conf/all/route_localnet', 'net/bridge/bridge-nf-call-iptables'],
]
/** Paths that Kubernetes programs create outside of the folder that they are given. */
const FOLDERS = [
  ...['/run/containerd', '/run/containerd.sock', '/run/netns', '/run/flannel', '/run/xtables.lock'],
  ...[
    '/var/lib/kubelet',
    '/var/lib/cni',
    '/var/lib/etcd',
    '/var/lib/kube-router',
    '/var/log/pods',
    '/var/log/containers',
  ],
  ...['/etc/kubernetes', '/etc/cni/net.d', '/usr/libexec/kubernetes', '/opt/containerd', '/opt/cni'],
]

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}

function link(file: string): string {
  try {
    return readlinkSync(file)
  } catch {
    return ''
  }
}

function output(program: string, args: string[]): string {
  const { stdout } = spawnSync(program, args, { encoding: 'utf8' })
  return stdout
}

/** Reads the state, for a comparison before and after a cluster. Only processes that a cluster could have started count. */
export function machineState(): MachineState {
  const own = link('/proc/self/ns/net')
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const commands = pids.flatMap((pid) => {
    const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
    const network = link(`/proc/${pid}/ns/net`)
    const elsewhere = network !== '' && network !== own && PROGRAMS.test(command)
    return elsewhere || command.includes(rigsFolder()) ? [command] : []
  })
  return {
    processes: commands.toSorted(),
    mounts: read('/proc/self/mountinfo')
      .split('\n')
      // Without the mounts of image builds, which other people may run at the same time.
      .filter((line) => !line.includes('/containers/'))
      .map((line) => line.split(' ').slice(3, 5).join(' '))
      .toSorted(),
    namespaces: existsSync('/run/netns') ? readdirSync('/run/netns') : [],
    links: output('ip', ['-brief', 'link'])
      .split('\n')
      // Where images are built, which other people may do at the same time.
      .filter((line) => !line.includes('/containers/'))
      .map((line) => line.split(' ')[0] ?? ''),
    // Without comments and packet counters.
    rules: `${output('iptables-save', [])}${output('ipset', ['list', '-name'])}`.replace(
      /^#.*$|\[\d+:\d+\]/gm,
      '',
    ),
    sysctls: Object.fromEntries(SYSCTLS.map((name) => [name, read(join('/proc/sys', name))])),
    rigs: rigNames(),
    folders: FOLDERS.filter((folder) => existsSync(folder)),
  }
}
