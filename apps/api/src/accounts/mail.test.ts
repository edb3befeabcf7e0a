import { globSync, readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PASSWORD, startAccountsStack } from '../testing/accounts-stack.ts'
import { until } from '../testing/until.ts'

/** A mail server that takes every mail. */
async function startMailServer() {
  const mails: string[] = []
  const server = createServer((socket) => {
    let data: string | undefined
    socket.on('error', () => {})
    socket.write('220 test\r\n')
    socket.on('data', (bytes: Buffer) => {
      for (const line of bytes.toString().split('\r\n').slice(0, -1)) {
        if (data !== undefined && line !== '.') data += `${line}\n`
        else if (data !== undefined) {
          mails.push(data)
          data = undefined
          socket.write('250 taken\r\n')
        } else if (line === 'DATA') {
          data = ''
          socket.write('354 go on\r\n')
        } else if (line === 'QUIT') socket.end('221 bye\r\n')
        else socket.write('250 ok\r\n')
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    mails,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

test('a link that resets a password comes by e-mail, and the answer does not tell whether there is such an account', async () => {
  await using server = await startMailServer()
  await using accounts = await startAccountsStack({
    env: { SMTP_URL: server.url, MAIL_FROM: 'chat@example.com' },
  })
  await accounts.firstAdmin()
  const visitor = accounts.visitor()
  expect(await visitor.query('access.mode')).toMatchObject({ resetByEmail: true })
  const ask = async (email: string): Promise<string> =>
    (await accounts.visitor().fetch('/trpc/access.requestReset', { email })).text()
  const unknown = await ask('nobody@example.com')
  expect(await ask('Admin@example.com')).toBe(unknown)
  const mail = await until(() => server.mails[0])
  expect(mail).toMatch(/^From: chat@example\.com$/m)
  expect(mail).toMatch(/^To: <?admin@example\.com>?$/m)
  const token = /\/reset#([\w-]+)/.exec(mail.replaceAll('=\n', ''))?.[1]
  const password = 'a new and good password'
  await visitor.mutate('access.resetPassword', { token, password })
  expect((await visitor.signIn('admin@example.com', PASSWORD)).status).toBe(401)
  expect((await visitor.signIn('admin@example.com', password)).status).toBe(200)
  expect(server.mails).toHaveLength(1)
  // Asking again and again is slowed like passwords are.
  const again = await Promise.all(Array.from({ length: 20 }, () => ask('admin@example.com')))
  expect(again.filter((answer) => answer.includes('RATE_LIMITED')).length).toBeGreaterThan(5)
}, 60_000)

test('better-auth and the mailer are loaded only where they are used', () => {
  const folder = join(import.meta.dirname, '..')
  const files = globSync('**/*.ts', { cwd: folder }).filter((file) => !/\.test\.ts$|testing\//.test(file))
  for (const file of files)
    for (const [line] of readFileSync(join(folder, file), 'utf8').matchAll(
      /^import .*'(?:better-auth|nodemailer)[^']*'/gm,
    ))
      expect(line, file).toMatch(/^import type /)
})
