import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '../../test/stack/free-ports.ts'

/** Where distributions install nginx; not every user's PATH contains sbin. */
const PLACES = ['nginx', '/usr/sbin/nginx', '/usr/local/sbin/nginx', '/opt/homebrew/bin/nginx']

/** The nginx of this machine, `undefined` if there is none. */
export function findNginx(): string | undefined {
  return PLACES.find(
    (place) => (place === 'nginx' || existsSync(place)) && spawnSync(place, ['-v']).status === 0,
  )
}

/**
 * Writes a configuration that passes streams on as they come.
 * @returns arguments that start nginx as one process in the foreground, its address, and its pid once it listens
 */
export async function configureNginx(
  folder: string,
  target: URL,
): Promise<{ args: string[]; url: string; pid: () => number }> {
  const [port = 0] = await freePorts(1)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join('\n  ')
  const file = join(folder, 'nginx.conf')
  const pidFile = join(folder, 'nginx.pid')
  writeFileSync(
    file,
    `daemon off;
master_process off;
pid ${pidFile};
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off;
  ${temporary}
  keepalive_requests 1000000;
  upstream model { server ${target.host}; keepalive 1024; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://model;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 300s;
    }
  }
}
`,
  )
  const url = `http://127.0.0.1:${port}`
  return {
    args: ['-e', 'stderr', '-p', folder, '-c', file],
    url,
    pid: () => Number(readFileSync(pidFile, 'utf8')),
  }
}
