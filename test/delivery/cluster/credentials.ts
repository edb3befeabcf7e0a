import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Users and groups to which Kubernetes itself gives the rights that they need. */
const USERS = {
  admin: { user: 'admin', groups: 'system:masters' },
  'kube-controller-manager': { user: 'system:kube-controller-manager', groups: '' },
  'kube-scheduler': { user: 'system:kube-scheduler', groups: '' },
  kubelet: { user: 'system:node:cp-1', groups: 'system:nodes' },
  'kube-proxy': { user: 'system:kube-proxy', groups: '' },
} as const

const SERVER = 'https://10.0.24.28:6443'
const NAMES = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'localhost'].map(
  (name) => `DNS:${name}`,
)
const ADDRESSES = ['127.0.0.1', '10.96.0.1', '10.0.24.28'].map((address) => `IP:${address}`)

function openssl(folder: string, args: string): void {
  const { status, stderr } = spawnSync('openssl', args.split(' '), { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`openssl ${args}: ${stderr}`)
}

/**
 * Writes certificates (`ca.crt`, `apiserver.crt`) that are valid for a day, the key that signs service accounts, tokens, and
 * `USER.kubeconfig`.
 */
export function writeCredentials(folder: string): void {
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
  openssl(folder, `req -x509 ${key} -keyout ca.key -out ca.crt -days 1 -subj /CN=rig-ca`)
  openssl(folder, `req ${key} -keyout apiserver.key -out apiserver.csr -subj /CN=kube-apiserver`)
  writeFileSync(join(folder, 'apiserver.ext'), `subjectAltName=${[...NAMES, ...ADDRESSES].join(',')}\n`)
  const signed = '-CA ca.crt -CAkey ca.key -CAcreateserial -days 1 -extfile apiserver.ext'
  openssl(folder, `x509 -req -in apiserver.csr ${signed} -out apiserver.crt`)
  openssl(folder, 'ecparam -genkey -name prime256v1 -noout -out service-accounts.key')

  const tokens: string[] = []
  for (const [name, { user, groups }] of Object.entries(USERS)) {
    const token = randomBytes(16).toString('hex')
    tokens.push(`${token},${user},${user},"${groups}"`)
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'rig', cluster: { server: SERVER, 'certificate-authority': join(folder, 'ca.crt') } },
      ],
      users: [{ name, user: { token } }],
      contexts: [{ name: 'rig', context: { cluster: 'rig', user: name } }],
      'current-context': 'rig',
    }
    writeFileSync(join(folder, `${name}.kubeconfig`), JSON.stringify(config), { mode: 0o600 })
  }
  writeFileSync(join(folder, 'tokens.csv'), `${tokens.join('\n')}\n`, { mode: 0o600 })
}
