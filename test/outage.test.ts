import { expect, test } from 'vitest'
import { PostgresServer } from '../apps/api/src/testing/postgres-server.ts'
import { answerIn, lastAnswer, say } from './stack/browser.ts'
import { Team } from './stack/people.ts'

// A database that is away for a while, as people with accounts see it: without it, the API cannot even tell who asks.

const isInstalled = PostgresServer.isInstalled()

test.skipIf(!isInstalled)(
  'a database that is away is said until it is back; answers go on, and pages that were opened meanwhile too',
  async () => {
    await using postgres = await PostgresServer.start()
    await using team = await Team.start({
      simulator: { SIM_TTFT: '50ms', SIM_ITL: '20ms' },
      api: { DATABASE_URL: postgres.url, AUTH_SECRET: 'a secret of this test, which is long enough' },
    })
    const { page, context } = team.admin
    await say(page, 'While the database is away [[tokens=300]]')
    await answerIn(page, 'running')
    await postgres.stop()
    const banner = page.locator('[data-testid=banner][data-health=store-down]')
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await banner.waitFor()
    const opened = await context.newPage()
    await opened.goto(team.url)
    await opened.locator('[data-testid=banner][data-health=store-down]').waitFor()

    await postgres.start()
    await expect.poll(() => banner.count(), { timeout: 40_000 }).toBe(0)
    await answerIn(page, 'finished')
    expect(await lastAnswer(page).getAttribute('data-reason')).toMatch(/stop|length/)
    await opened.getByTestId('conversation').waitFor()
    expect(team.problems).toEqual([])
  },
  120_000,
)
