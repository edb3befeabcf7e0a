// The tunnel of deploy/tunnel, with a simulated GPU machine at its far end.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Box } from './box.ts'

const repository = join(import.meta.dirname, '../../..')
/** A folder in memory, since only root may be able to read the folder of the box. */
const FOLDER = '/run/slicechat-tunnel'
const USER = 'slicechat-tunnel'

const shipped = (name: string): string => readFileSync(join(repository, 'deploy/tunnel', name), 'utf8')

/** Does what systemd does with the unit: starts ssh as its user, and again 2 s after its end. */
const SUPERVISOR = `while :; do
  setpriv --reuid=${USER} --regid=${USER} --clear-groups ssh -F ${FOLDER}/ssh_config -NT gpu &
  echo $! > ${FOLDER}/pid
  wait
  sleep 2
done`

async function sh(box: Box, net: 'm1' | 'gpu', script: string, input = ''): Promise<void> {
  const { code, stderr } = await box.run(net, ['sh', '-euc', script], { input })
  if (code !== 0) throw new Error(`${script}: ${stderr}`)
}

/** Writes a file in the box. */
const put = (box: Box, name: string, content: string): Promise<void> =>
  sh(box, 'm1', `cat > ${FOLDER}/${name}`, content)

/** Adds the tunnel's user on both machines, in a list of users that only the box sees. */
const addUser = `mkdir -p ${FOLDER}/users
for file in passwd group shadow; do cp /etc/$file ${FOLDER}/users/; done
echo '${USER}:x:64999:64999::${FOLDER}:/usr/sbin/nologin' >> ${FOLDER}/users/passwd
echo '${USER}:x:64999:' >> ${FOLDER}/users/group
echo '${USER}:*:20000::::::' >> ${FOLDER}/users/shadow
for file in passwd group shadow; do mount --bind ${FOLDER}/users/$file /etc/$file; done`

/** Starts the simulator on the GPU machine, sshd before it, and the tunnel on m1. None waits for the others. */
export async function openTunnel(box: Box): Promise<void> {
  await sh(box, 'm1', addUser)
  for (const key of ['host_key', 'id_ed25519']) {
    const { status, stderr } = spawnSync('ssh-keygen', [
      '-q',
      '-t',
      'ed25519',
      '-N',
      '',
      '-f',
      join(box.rig, key),
    ])
    if (status !== 0) throw new Error(`ssh-keygen: ${stderr.toString()}`)
    await put(box, key, readFileSync(join(box.rig, key), 'utf8'))
    await put(box, `${key}.pub`, readFileSync(join(box.rig, `${key}.pub`), 'utf8'))
  }
  const publicKey = (name: string): string =>
    readFileSync(join(box.rig, `${name}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ')
  await put(box, 'known_hosts', `[10.9.0.2]:15128 ${publicKey('host_key')}\n`)
  await put(
    box,
    'authorized_keys',
    shipped('authorized_keys').replace('ssh-ed25519 FILL-IN-THE-PUBLIC-KEY', publicKey('id_ed25519')),
  )
  await put(
    box,
    'ssh_config',
    shipped('ssh_config').replaceAll('/etc/slicechat-tunnel', FOLDER).replace('gpu.example.com', '10.9.0.2'),
  )
  const sshd = `HostKey ${FOLDER}/host_key\nAuthorizedKeysFile ${FOLDER}/authorized_keys\nPidFile none\nStrictModes no\n`
  await put(box, 'sshd_config', `${sshd}${shipped('sshd.conf')}`)
  await sh(box, 'm1', `chmod 600 ${FOLDER}/host_key ${FOLDER}/id_ed25519; chown ${USER} ${FOLDER}/id_ed25519`)

  const simulator = join(repository, 'apps/simulator/src/main.ts')
  box.start('far-vllm', 'gpu', [process.execPath, '--no-warnings', simulator], {
    SIM_PORT: '30800',
    SIM_DCGM_PORT: '30940',
    SIM_MODEL: 'qwen2.5-3b',
    SIM_TTFT: '100ms',
    SIM_ITL: '20ms',
  })
  box.start('sshd', 'gpu', ['/usr/sbin/sshd', '-D', '-e', '-f', `${FOLDER}/sshd_config`])
  box.start('tunnel', 'm1', ['sh', '-c', SUPERVISOR])
}

/** Kills ssh, as an outage of the WAN for longer than ssh's time-outs would. The supervisor starts ssh again. */
export const cutTunnel = (box: Box): Promise<void> => sh(box, 'm1', `kill -9 $(cat ${FOLDER}/pid) || true`)

/** Takes down the WAN, and the tunnel with it. The supervisor restarts ssh in vain until `joinWan`. */
export async function cutWan(box: Box): Promise<void> {
  await sh(box, 'm1', 'ip link set wan0 down')
  await cutTunnel(box)
}

export const joinWan = (box: Box): Promise<void> => sh(box, 'm1', 'ip link set wan0 up')
