import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ApiProcess } from '../testing/api-process.ts'
import { PAGE, PASSWORD, tokenOf } from '../testing/accounts-stack.ts'
import { PageVisitor } from '../testing/page-visitor.ts'
import { environment } from '../testing/stack.ts'
import { until } from '../testing/until.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slicechat-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const start = (over: Record<string, string> = {}): ApiProcess =>
  new ApiProcess(
    environment('http://127.0.0.1:9/v1', { DATA_DIR: folder, AUTH: 'password', PUBLIC_URL: PAGE, ...over }),
  )
const linkIn = (output: string): string | undefined => /^ {2}(https:\S+)$/m.exec(output)?.[1]

test('each start shows a link until there is an admin, and sessions outlive a restart', async () => {
  const links: string[] = []
  let cookies: ReadonlyMap<string, string>
  {
    await using api = start()
    await api.ready()
    links.push(await until(() => linkIn(api.output)))
  }
  const secret = join(folder, 'auth-secret')
  const kept = readFileSync(secret, 'utf8')
  expect(statSync(secret).mode & 0o777).toBe(0o600)
  {
    await using api = start()
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
  await using api = start()
  const visitor = new PageVisitor(await api.ready(), PAGE)
  for (const [name, value] of cookies) visitor.cookies.set(name, value)
  expect(await visitor.query('account.me')).toMatchObject({ user: { role: 'admin' } })
  expect(linkIn(api.output)).toBeUndefined()
  expect(readFileSync(secret, 'utf8')).toBe(kept)
}, 60_000)

test('settings that contradict each other end the start with 78 and the field', async () => {
  await using api = start({ PUBLIC_URL: '', ALLOW_ANONYMOUS: 'true' })
  expect(await api.ended()).toBe(78)
  for (const name of ['PUBLIC_URL', 'ALLOW_ANONYMOUS']) expect(api.output).toContain(`  ${name}: `)
}, 30_000)
