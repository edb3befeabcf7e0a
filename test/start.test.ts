import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createChatClient } from '@slicechat/client'
import { expect, test } from 'vitest'
import { freePorts } from './stack/free-ports.ts'
import { startStackProcess } from './stack/stack-process.ts'

const names = ['WEB_PORT', 'API_PORT', 'METRICS_PORT', 'SIM_PORT', 'SIM_DCGM_PORT'] as const

async function settings(): Promise<Record<(typeof names)[number], string>> {
  const ports = await freePorts(names.length)
  return Object.fromEntries(names.map((name, index) => [name, String(ports[index])])) as Record<
    (typeof names)[number],
    string
  >
}

const refused = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => false,
    () => true,
  )

test('npm start serves a measured chat, and Ctrl-C ends all of it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slicechat-start-'))
  const ports = await settings()
  await using stack = await startStackProcess(
    'scripts/start.ts',
    { ...ports, DATA_DIR: folder, HOST: '0.0.0.0', BASE_PATH: '/chat' },
    /Ctrl-C stops everything/,
  )
  const web = `http://127.0.0.1:${ports.WEB_PORT}/chat`
  expect(stack.lines.join('\n')).toContain(`http://localhost:${ports.WEB_PORT}/chat/`)
  // A server on all addresses also answers at 127.0.0.2, a server on 127.0.0.1 does not. Only Linux gives every
  // machine 127.0.0.2.
  const other = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1'
  for (const [name, port] of Object.entries(ports))
    expect(await refused(`http://${other}:${port}/`), name).toBe(other === '127.0.0.2' && name !== 'WEB_PORT')

  const page = await fetch(web)
  expect(page.status).toBe(200)
  expect(await page.text()).toContain('<html')
  const client = createChatClient({ url: web })
  const [model] = await client.api.models.list.query()
  expect(model).toMatchObject({ simulated: true })
  let text = ''
  for await (const event of client.generate({ messages: [{ role: 'user', content: 'Hello [[tokens=20]]' }] }))
    if (event.type === 'delta') text += event.text
  expect(text).not.toBe('')
  client.close()
  const metrics = await (await fetch(`http://127.0.0.1:${ports.METRICS_PORT}/metrics`)).text()
  const gpu = await (await fetch(`http://127.0.0.1:${ports.SIM_DCGM_PORT}/metrics`)).text()
  expect(gpu).toMatch(/^DCGM_FI_PROF_GR_ENGINE_ACTIVE\{.*GPU_I_ID=/m)
  expect(metrics).toMatch(/chat_requests_total\{model="sim\/[^"]+",status="success",door="trpc"\} 1/)

  expect(await stack.end('SIGINT')).toBe(0)
  for (const port of Object.values(ports)) expect(await refused(`http://127.0.0.1:${port}/`)).toBe(true)
  await rm(folder, { recursive: true })
})

test.each(names)('a taken %s is named, with the variable that changes it', async (name) => {
  const ports = await settings()
  const other = createServer().listen(Number(ports[name]), '127.0.0.1')
  await once(other, 'listening')
  const failure = await startStackProcess('scripts/start.ts', ports, /never/).catch(String)
  expect(failure).toContain('ended with 78')
  expect(failure).toContain(`Port ${ports[name]}`)
  expect(failure).toContain(`${name}=`)
  other.close()
})

test('bad values of all parts are told at once', async () => {
  const bad = { LOG_LEVEL: 'loud', MAX_QUEUED: 'x', SIM_SEED: '-1' }
  const failure = await startStackProcess(
    'scripts/start.ts',
    { ...(await settings()), ...bad },
    /never/,
  ).catch(String)
  expect(failure).toContain('ended with 78')
  for (const name of Object.keys(bad)) expect(failure).toContain(name)
  const ports = await startStackProcess('scripts/start.ts', { WEB_PORT: 'x', API_PORT: '0' }, /never/).catch(
    String,
  )
  expect(ports).toContain('WEB_PORT=x is no port')
  expect(ports).toContain('API_PORT=0 is no port')
})
