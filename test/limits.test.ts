import { createChatClient } from '@slicechat/client'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { answerIn, lastAnswer, say } from './stack/browser.ts'
import { PASSWORD, type Person, secretOn, somebody, Team } from './stack/people.ts'
import type { Stack } from './stack/stack.ts'

// What people may use: their keys, their limits, and what an admin sees and ends of that.

let team: Team
let stack: Stack
let url: string
let admin: Person

beforeAll(async () => {
  team = await Team.start({ simulator: { SIM_TTFT: '50ms', SIM_ITL: '10ms' } })
  ;({ stack, url, admin } = team)
})

afterAll(() => team[Symbol.asyncDispose]())

afterEach(() => {
  expect(team.problems.splice(0)).toEqual([])
})

test('a key of a person serves a program, shows when it was used, and ends when an admin revokes it', async () => {
  await using person = await team.invite()
  const { page } = person
  await page.getByTestId('profile-link').click()
  await page.getByTestId('new-key').click()
  await page.getByLabel('What it is for').fill('a script')
  await page.getByRole('button', { name: 'Make key' }).click()
  await page.getByTestId('secret').waitFor()
  const apiKey = await secretOn(page)
  expect(apiKey).toMatch(/^sk-slice-/)
  await page.reload()
  await page.getByTestId('key').filter({ hasText: 'a script' }).waitFor()
  expect(await page.getByTestId('secret').count()).toBe(0)

  const client = createChatClient({ url, apiKey })
  try {
    const answer = client.send({ content: 'From a program [[tokens=7]]' })
    for await (const event of answer)
      if (event.type === 'finished') expect(event.usage?.completionTokens).toBe(7)
    await page.goto(url)
    await page.getByTestId('conversation').filter({ hasText: 'From a program' }).waitFor()
    await page.goto(`${url}/profile`)
    await page.getByTestId('usage-chart').locator('svg').waitFor()
    await page.getByText('Figures').click()
    expect(await page.getByTestId('usage-table').innerText()).toContain('7')

    const panel = await team.manage(person)
    const row = panel.getByTestId('key').filter({ hasText: 'a script' })
    await row.getByText('Limits', { exact: true }).click()
    const limits = row.getByRole('form', { name: 'Limits of a script' })
    await limits.getByLabel('Messages a minute').fill('1')
    await limits.getByRole('button', { name: 'Save' }).click()
    await limits.getByText('Saved.').waitFor()
    await client.send({ content: 'In time [[tokens=3]]' }).ids
    await expect(client.send({ content: 'Too soon' }).ids).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await limits.getByRole('button', { name: 'Remove the limits' }).click()
    await expect.poll(() => limits.getByRole('button', { name: 'Remove the limits' }).count()).toBe(0)

    await row.getByRole('button', { name: 'Revoke a script' }).click()
    await row.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click()
    await row.getByText('revoked').waitFor()
    await expect(client.send({ content: 'Again' }).ids).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  } finally {
    client.close()
  }
})

test('the page’s own address serves programs that speak OpenAI: as it comes, to its end, or until they leave', async () => {
  await using person = await team.invite()
  const { page } = person
  await page.getByTestId('profile-link').click()
  await page.getByTestId('new-key').click()
  await page.getByLabel('What it is for').fill('a notebook')
  await page.getByRole('button', { name: 'Make key' }).click()
  await page.getByTestId('secret').waitFor()
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: await secretOn(page), maxRetries: 0 })
  const model = (await openai.models.list()).data[0]?.id ?? ''
  const ask = (content: string) =>
    openai.chat.completions.create({ model, stream: true, messages: [{ role: 'user', content }] })

  let pieces = 0
  let reason: string | null | undefined
  for await (const { choices } of await ask('[[tokens=20]] hello')) {
    if (choices[0]?.delta.content) pieces++
    reason = choices[0]?.finish_reason ?? reason
  }
  expect(reason).toBe('stop')
  expect(pieces).toBeGreaterThan(10)

  // The first piece comes while the answer is being made, and a program that leaves ends it at the model server.
  const running = () => stack.count('chat_active_generations')
  for await (const { choices } of await ask('[[tokens=100000]] endless')) {
    if (!choices[0]?.delta.content) continue
    expect(await running()).toBe(1)
    break
  }
  await expect.poll(running).toBe(0)

  // The session of a browser is no key.
  const cookie = (await person.context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  const headers = { cookie, origin: url }
  expect((await fetch(`${url}/v1/models`, { headers })).status).toBe(401)
  const stranger = new OpenAI({ baseURL: `${url}/v1`, apiKey: `sk-slice-${'A'.repeat(43)}`, maxRetries: 0 })
  await expect(stranger.models.list()).rejects.toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })

  // What programs use is on the same account, and admins see it by day, person and model.
  await admin.page.goto(`${url}/admin?view=usage`)
  await admin.page.getByTestId('usage-chart').locator('svg').waitFor()
  await admin.page.getByText('Figures').click()
  const row = admin.page.getByTestId('usage-table').locator('tbody tr').filter({ hasText: person.email })
  await expect.poll(async () => (await row.count()) > 0 && (await row.innerText())).toContain(model)
  expect(await row.innerText()).toMatch(new RegExp(`^${new Date().toISOString().slice(0, 10)}`))
})

test('a double click makes one invitation, one key and one link, and what a name contains is only text', async () => {
  await admin.page.goto(`${url}/admin`)
  const invitations = admin.page.getByTestId('invitation')
  await admin.page.getByRole('button', { name: 'Make invitation' }).click()
  await admin.page.getByTestId('secret').waitFor()
  await expect.poll(() => invitations.count()).toBeGreaterThan(0)
  const before = await invitations.count()
  const earlier = await secretOn(admin.page)
  await admin.page.getByRole('button', { name: 'Make invitation' }).dblclick()
  await expect.poll(() => secretOn(admin.page)).not.toBe(earlier)
  const link = await secretOn(admin.page)
  await expect.poll(() => invitations.count()).toBe(before + 1)

  await using person = await somebody(team.browser, 'markup@example.com', team.problems)
  const { page } = person
  await page.goto(link)
  const name = '<img src=x onerror="document.title=1"> & "quoted" '.padEnd(100, 'x')
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('E-mail').fill(person.email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).dblclick()
  await page.getByTestId('profile-link').click()
  await expect.poll(() => page.getByLabel('Name').inputValue()).toBe(name)
  await page.getByTestId('new-key').click()
  await page.getByLabel('What it is for').fill('<b>curl</b>')
  await page.getByRole('button', { name: 'Make key' }).dblclick()
  await page.getByTestId('secret').waitFor()
  await expect.poll(() => page.getByTestId('key').count()).toBe(1)
  expect(await page.getByTestId('key').innerText()).toContain('<b>curl</b>')

  const panel = await team.manage(person)
  expect(await panel.locator('main').innerText()).toContain('<img src=x')
  expect(await panel.locator('main img').count()).toBe(0)
  await panel.getByRole('button', { name: 'Reset link' }).dblclick()
  const reset = await secretOn(panel)
  await page.goto(reset)
  await page.getByLabel('New password').fill('another horse, another battery')
  await page.getByRole('button', { name: 'Set password' }).dblclick()
  await page.getByText('The password is set').waitFor()
})

test('a limit is shown before it is reached; over it one waits, and then goes on', async () => {
  await using person = await team.invite()
  const limits = (await team.manage(person)).getByRole('form', { name: 'Limits of this person' })
  await limits.getByLabel('Messages a minute').fill('3')
  await limits.getByRole('button', { name: 'Save' }).click()
  await limits.getByText('Saved.').waitFor()

  const { page } = person
  await page.clock.install()
  await page.goto(url)
  for (const text of ['one', 'two', 'three']) {
    await say(page, `${text} [[tokens=2]]`)
    await answerIn(page, 'finished')
  }
  await page.getByTestId('limit-note').filter({ hasText: 'left in this minute' }).waitFor()
  await say(page, 'four [[tokens=2]]')
  await page.getByTestId('error').waitFor()
  expect(await page.getByTestId('error').getAttribute('data-code')).toBe('RATE_LIMITED')
  await page.getByTestId('limit-note').filter({ hasText: 'You can send again in' }).waitFor()
  expect(await lastAnswer(page).getByTestId('retry').isDisabled()).toBe(true)
  await page.getByTestId('composer').fill('five')
  expect(await page.getByTestId('send').isDisabled()).toBe(true)

  // The limit is lifted meanwhile, so that this test does not have to wait for the minute to pass.
  await limits.getByRole('button', { name: 'Use the default limits' }).click()
  await expect.poll(() => limits.getByLabel('Messages a minute').inputValue()).toBe('')
  await page.clock.runFor(61_000)
  await expect.poll(() => page.getByTestId('send').isDisabled()).toBe(false)
  await lastAnswer(page).getByTestId('retry').click()
  await expect.poll(() => lastAnswer(page).getAttribute('data-reason')).toMatch(/stop|length/)
})

test('the default limits count for whoever has none of their own, and are seen on the profile', async () => {
  await using person = await team.invite()
  await admin.page.goto(`${url}/admin`)
  const limits = admin.page.getByRole('form', { name: 'Default limits' })
  await limits.getByLabel('Tokens a day (UTC)').fill('2000000')
  await limits.getByRole('button', { name: 'Save' }).click()
  await limits.getByText('Saved.').waitFor()
  try {
    await person.page.goto(`${url}/profile`)
    await person.page.getByTestId('limit-tokensPerDay').getByText('of 2,000,000').waitFor()
  } finally {
    await limits.getByRole('button', { name: 'Use the configured limits' }).click()
  }
  await expect.poll(() => limits.getByLabel('Tokens a day (UTC)').inputValue()).toBe('')
  await person.page.reload()
  await person.page.getByText('There are no limits.').waitFor()
})

test('an admin sees that an answer is running, not its text, and ends it', async () => {
  await using person = await team.invite()
  const { page } = person
  await say(page, 'A very secret question [[tokens=5000]]')
  await answerIn(page, 'running')
  await admin.page.goto(`${url}/admin?view=answers`)
  const row = admin.page.getByTestId('running-answer').filter({ hasText: person.email })
  await row.waitFor()
  expect(await admin.page.locator('main').innerText()).not.toContain('secret')
  await row.getByRole('button', { name: /^End the answer/ }).click()
  await row.getByRole('alertdialog').getByRole('button', { name: 'End' }).click()
  await answerIn(page, 'finished')
  expect(await lastAnswer(page).getAttribute('data-reason')).toBe('stopped')
})
