import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { rigNames, rigsFolder } from './leftovers.ts'

/** What a box could leave on this machine. */
export interface MachineState {
  /** Command lines. */
  processes: string[]
  mounts: string[]
  namespaces: string[]
  links: string[]
  rules: string
  /** Folders of boxes. */
  rigs: string[]
  folders: string[]
}

/** Programs that run in a box, where they run in a network other than this one's. */
const PROGRAMS = /^(\S*\/)?(etcd|kube|containerd|coredns|pause|nsenter|unshare|ssh|docker-registry|node)/

/** What Kubernetes programs make outside of the folder that they are given. */
const FOLDERS = ['/run/netns', '/run/xtables.lock', '/var/lib/etcd', '/etc/kubernetes', '/var/run/kubernetes']

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

/** Compared before a box and after it. Other people's processes come and go: only those that could be ours count. */
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
      // Where images are built, which other people may do at the same time.
      .filter((line) => !line.includes('/containers/'))
      .map((line) => line.split(' ').slice(3, 5).join(' '))
      .toSorted(),
    namespaces: existsSync('/run/netns') ? readdirSync('/run/netns') : [],
    links: output('ip', ['-brief', 'link'])
      .split('\n')
      // Where images are built, which other people may do at the same time.
      .filter((line) => !line.includes('/containers/'))
      .map((line) => line.split(' ')[0] ?? ''),
    // Counters aside.
    rules: `${output('iptables-save', [])}${output('ipset', ['list', '-name'])}`.replace(
      /^#.*$|\[\d+:\d+\]/gm,
      '',
    ),
    rigs: rigNames(),
    folders: FOLDERS.filter((folder) => existsSync(folder)),
  }
}
