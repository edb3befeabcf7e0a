import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { ensureGoProgram } from '../cluster/go.ts'
import type { Images } from '../kubernetes/images.ts'

/** The archived project's last release. Its maintained fork, which agent.yaml names, is on no module proxy. */
const KANIKO = {
  name: 'executor',
  module: 'github.com/GoogleContainerTools/kaniko',
  version: 'v1.24.0',
  path: './cmd/executor',
}

/** Pushes an image of the executor and a shell, laid out as Kaniko's own `debug` image. @returns its reference */
export function pushKaniko(images: Images): Promise<string> {
  return images.pushFrom('kaniko', (context) => {
    const at = (...names: string[]): string => join(context, ...names)
    mkdirSync(at('kaniko/ssl/certs'), { recursive: true })
    mkdirSync(at('busybox'))
    copyFileSync(join(ensureGoProgram(KANIKO), 'executor'), at('kaniko/executor'))
    cpSync('/etc/ssl/certs/ca-certificates.crt', at('kaniko/ssl/certs/ca-certificates.crt'))
    copyFileSync('/bin/busybox', at('busybox/busybox'))
    const applets = execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n')
    for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', at('busybox', applet))
    return [
      ...['FROM scratch', 'COPY kaniko /kaniko', 'COPY busybox /busybox'],
      // Kaniko leaves a mounted folder out of the image that it builds, and keeps the folder between stages.
      'VOLUME /busybox',
      'ENV PATH=/usr/local/bin:/kaniko:/busybox SSL_CERT_DIR=/kaniko/ssl/certs HOME=/root USER=root',
      'ENTRYPOINT ["/kaniko/executor"]',
      '',
    ].join('\n')
  })
}
