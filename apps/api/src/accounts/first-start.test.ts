import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ApiProcess } from '../testing/api-process.ts'
import { ON_POSTGRES } from '../testing/env.ts'
import { PAGE, PASSWORD, tokenOf } from '../testing/accounts-stack.ts'
import { PageVisitor } from '../testing/page-visitor.ts'
import { environment } from '../testing/stack.ts'
import { suiteStore } from '../testing/suite-store.ts'
import { until } from '../testing/until.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slicechat-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function start(over: Record<string, string> = {}): Promise<ApiProcess> {
  const env = { DATA_DIR: folder, AUTH: 'password', PUBLIC_URL: PAGE, ...over }
  const store = await suiteStore(env)
  return new ApiProcess(environment('http://127.0.0.1:9/v1', { ...store.env, ...env }))
}
const linkIn = (output: string): string | undefined => /^ {2}(https:\S+)$/m.exec(output)?.[1]

test('each start shows a link until there is an admin, and sessions outlive a restart', async () => {
  const links: string[] = []
  let cookies: ReadonlyMap<string, string>
  {
    await using api = await start()
    await api.ready()
    links.push(await until(() => linkIn(api.output)))
  }
  const secret = join(folder, 'auth-secret')
  // With PostgreSQL the secret is a setting.
  const read = (): string => (ON_POSTGRES ? '' : readFileSync(secret, 'utf8'))
  const kept = read()
  if (!ON_POSTGRES) expect(statSync(secret).mode & 0o777).toBe(0o600)
  {
    await using api = await start()
    const visitor = new PageVisitor(await api.ready(), PAGE)
    links.push(await until(() => linkIn(api.output)))
    const [first = '', second = ''] = links.map(tokenOf)
    const signUp = (token: string): Promise<unknown> =>
      visitor.mutate('access.acceptInvitation', {
        token,
        name: 'A',
        email: 'a@example.com',
        password: PASSWORD,
      })
    await expect(signUp(first)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await signUp(second)
    expect((await visitor.signIn('a@example.com', PASSWORD)).status).toBe(200)
    cookies = visitor.cookies
  }
  await using api = await start()
  const visitor = new PageVisitor(await api.ready(), PAGE)
  for (const [name, value] of cookies) visitor.cookies.set(name, value)
  expect(await visitor.query('account.me')).toMatchObject({ user: { role: 'admin' } })
  expect(linkIn(api.output)).toBeUndefined()
  expect(read()).toBe(kept)
}, 60_000)

test('settings that contradict each other end the start with 78 and the field', async () => {
  await using api = await start({ PUBLIC_URL: '', ALLOW_ANONYMOUS: 'true' })
  expect(await api.ended()).toBe(78)
  for (const name of ['PUBLIC_URL', 'ALLOW_ANONYMOUS']) expect(api.output).toContain(`  ${name}: `)
}, 30_000)
