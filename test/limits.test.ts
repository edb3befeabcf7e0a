import { createChatClient } from '@slicechat/client'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { answerIn, lastAnswer, say } from './stack/browser.ts'
import { type Person, secretOn, Team } from './stack/people.ts'

// What people may use: their keys, their limits, and what an admin sees and ends of that.

let team: Team
let url: string
let admin: Person

beforeAll(async () => {
  team = await Team.start({ simulator: { SIM_TTFT: '50ms', SIM_ITL: '10ms' } })
  ;({ url, admin } = team)
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
