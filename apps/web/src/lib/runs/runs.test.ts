import { ChatError, type Run, type RunSummary } from '@slicechat/client'
import { expect, test } from 'vitest'
import { uploadFile } from './run-file.ts'
import { RunList } from './run-list.svelte.ts'
import { RunReport } from './run-report.svelte.ts'

const unreachable = new ChatError('gone', { code: 'API_UNREACHABLE', retryable: true })
const summary = (id: string): RunSummary =>
  ({ id, name: `run ${id}`, startedAt: new Date(1e12 - Number(id)).toISOString() }) as RunSummary
const items = Array.from({ length: 130 }, (_, index) => summary(String(index)))

/** An API that gives pages with the position in the list as cursor; it fails while `down`. */
function api(state: { down: boolean }): ConstructorParameters<typeof RunList>[0] {
  interface Input {
    limit: number
    cursor: string | null
    query?: string
  }
  const list = (({ limit, cursor, query = '' }: Input) => {
    if (state.down || limit > 100) return Promise.reject(unreachable)
    const found = items.filter(({ name }) => name.includes(query))
    const from = Number(cursor ?? 0)
    const nextCursor = from + limit < found.length ? String(from + limit) : null
    return Promise.resolve({ items: found.slice(from, from + limit), nextCursor })
  }) as never
  return { api: { runs: { list: { query: list }, remove: { mutate: () => Promise.resolve() } } } } as never
}

test('the list grows by pages, and is compared from before to after', async () => {
  const list = new RunList(api({ down: false }))
  await list.refresh()
  expect([list.items.length, list.hasMore]).toEqual([40, true])
  for (let page = 1; page < 4; page++) await list.more()
  expect([list.items.length, list.hasMore]).toEqual([130, false])
  await list.refresh()
  expect([list.items.length, list.hasMore]).toEqual([130, false])
  for (const id of ['1', '80', '30']) list.tick(summary(id), true)
  expect(list.compared).toEqual(['80', '30', '1'])
  await list.remove('30')
  expect(list.compared).toEqual(['80', '1'])
  expect(list.items).toHaveLength(129)
})

test('what was ticked stays so while other names are searched for', async () => {
  const list = new RunList(api({ down: false }))
  for (const name of ['run 17', 'run 5']) {
    await list.search(name)
    list.tick(list.items[0] as RunSummary, true)
  }
  expect(list.compared).toEqual(['17', '5'])
  list.untick()
  expect(list.compared).toEqual([])
})

test('a list that cannot be had says why, until it can', async () => {
  const state = { down: true }
  const list = new RunList(api(state))
  await list.refresh()
  expect([list.failure, list.loaded, list.loading]).toEqual([unreachable, false, false])
  state.down = false
  await list.refresh()
  expect([list.failure, list.loaded, list.items.length]).toEqual([undefined, true, 40])
})

test('a report of runs that were left for others is never shown', async () => {
  const waiting: (() => void)[] = []
  const client = {
    api: {
      runs: {
        get: {
          query: ({ id }: { id: string }) =>
            new Promise<Run>((resolve) => waiting.push(() => resolve({ id } as Run))),
        },
      },
    },
  } as never
  const report = new RunReport(client, (runs) => {
    const main = runs.map(({ id }) => id).join()
    return Promise.resolve({ main, page: main })
  })
  const first = report.open(['a'])
  const second = report.open(['b', 'c'])
  for (const answer of waiting) answer()
  await Promise.all([first, second])
  expect(report.drawn?.main).toBe('b,c')
  expect(report.failure).toBeUndefined()
})

test('an address without runs leads to a failure that no repeat mends', async () => {
  const report = new RunReport({} as never, () => Promise.reject(new Error('nothing to draw')))
  await report.open([])
  expect(report.failure).toMatchObject({ code: 'NOT_FOUND' })
})

test('a file that is no run is refused with what is wrong', async () => {
  const client = {
    api: {
      runs: {
        upload: {
          mutate: ({ run }: { run: unknown }) =>
            run === 1
              ? Promise.resolve({ id: 'x', added: false })
              : Promise.reject(new ChatError('run.schema: missing', { code: 'BAD_INPUT', retryable: false })),
        },
      },
    },
  } as never
  const upload = (text: string) => uploadFile(new File([text], 'run.json'), client)
  expect(await upload('{')).toMatchObject({ ok: false, text: expect.stringContaining('no JSON') as string })
  expect(await upload('{}')).toMatchObject({
    ok: false,
    text: expect.stringContaining('run.schema') as string,
  })
  expect(await upload('1')).toMatchObject({ ok: true, text: 'It was here already.' })
})
