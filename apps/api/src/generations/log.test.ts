import type { FinishedEvent } from '@slicechat/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GenerationLog, type LogEntry, type EventWriter } from './log.ts'

const finished: FinishedEvent = {
  type: 'finished',
  reason: 'stop',
  timings: {
    queuedMs: null,
    upstreamTtftMs: null,
    ttftMs: null,
    e2eMs: 0,
    interTokenMsMean: null,
    tokensPerSecond: null,
    longestGapMs: null,
  },
}

const never = new AbortController().signal

async function collect(tail: AsyncIterable<LogEntry>): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  for await (const entry of tail) entries.push(entry)
  return entries
}

const textOf = (entries: readonly LogEntry[]): string =>
  entries.map(({ event }) => ('text' in event ? `${event.type[0]}:${event.text}` : '')).join('')

/** The text by kind, in order. Neighbouring events of one kind are joined, because their boundaries do not matter. */
function runs(events: readonly { type: string; text?: string }[]): [string, string][] {
  const all: [string, string][] = []
  for (const { type, text } of events) {
    if (text === undefined || text === '') continue
    const last = all.at(-1)
    if (last?.[0] === type) last[1] += text
    else all.push([type, text])
  }
  return all
}

const piece = fc.record({
  type: fc.constantFrom('delta' as const, 'delta' as const, 'reasoning' as const),
  text: fc.string({ unit: 'grapheme', maxLength: 12 }),
})

test('whenever they come and wherever they begin, readers get exactly what follows', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 200 }),
      fc.array(fc.nat(200), { maxLength: 6 }),
      fc.nat(1_000),
      async (pieces, joins, cut) => {
        const log = new GenerationLog()
        log.append({ type: 'queued', position: 1 })
        log.append({ type: 'started', model: 'm', queuedMs: 0, droppedMessages: 0 })
        const readers: Promise<LogEntry[]>[] = []
        const read = async (from: number): Promise<LogEntry[]> => {
          const entries: LogEntry[] = []
          for await (const entry of log.tail(from, never)) {
            entries.push(entry)
            // A reader that is sometimes busy finds several tokens at once.
            if (entries.length % 3 === 0) await new Promise(setImmediate)
          }
          return entries
        }
        for (const [index, event] of pieces.entries()) {
          for (const at of joins) if (at === index) readers.push(read(0))
          log.append(event)
          if (index % 7 === 0) await new Promise(setImmediate)
        }
        log.append(finished)
        readers.push(read(0))
        for (const entries of await Promise.all(readers)) {
          expect(runs(entries.map(({ event }) => event as { type: string }))).toEqual(runs(pieces))
          expect(entries.at(-1)?.event).toBe(finished)
          expect(entries.map(({ seq }) => seq)).toEqual(
            entries.map(({ seq }) => seq).toSorted((a, b) => a - b),
          )
          // A reader that resumes after any event gets the rest, and nothing twice.
          const at = cut % entries.length
          const rest = await read(entries[at]?.seq ?? 0)
          const events = [...entries.slice(0, at + 1), ...rest].map(({ event }) => event)
          expect(runs(events as { type: string }[])).toEqual(runs(pieces))
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('resumes from every single position', async () => {
  const log = new GenerationLog()
  log.append({ type: 'started', model: 'm', queuedMs: 0, droppedMessages: 0 })
  for (let i = 0; i < 150; i++) log.append({ type: i < 20 ? 'reasoning' : 'delta', text: `${i},` })
  log.append(finished)
  const whole = log.text('reasoning') + log.text('delta')
  for (let from = 1; from <= whole.length; from++) {
    let rest = ''
    for await (const { event } of log.tail(from, never)) if ('text' in event) rest += event.text
    expect(rest).toBe(whole.slice(from - 1))
  }
})

test('a late reader takes a long answer in pieces that never split a character', async () => {
  const log = new GenerationLog()
  const text = `x${'😀'.repeat(50_000)}`
  for (let i = 0; i < text.length; i += 999) log.append({ type: 'delta', text: text.slice(i, i + 999) })
  log.append(finished)
  let all = ''
  for await (const { event } of log.tail(0, never))
    if ('text' in event) {
      expect(event.text.length).toBeLessThanOrEqual(32 * 1024)
      expect(event.text.isWellFormed()).toBe(true)
      all += event.text
    }
  expect(all).toBe(text)
})

test('of positions in the queue only the newest is kept', async () => {
  const log = new GenerationLog()
  for (const position of [9, 5, 2]) log.append({ type: 'queued', position })
  log.append({ type: 'started', model: 'm', queuedMs: 0, droppedMessages: 0 })
  log.append(finished)
  const entries = await collect(log.tail(0, never))
  expect(entries.map(({ event }) => event.type)).toEqual(['queued', 'started', 'finished'])
  expect(entries[0]?.event).toEqual({ type: 'queued', position: 2 })
})

test('every reader hears of the end, even from a position that is not in the log', async () => {
  // After a crash the store can lack the last second, so that readers are ahead of it.
  const log = new GenerationLog(100)
  log.append({ type: 'delta', text: 'abc' })
  log.append(finished)
  for (const position of [103, 104, 105, 1e14])
    expect((await collect(log.tail(position, never))).map(({ event }) => event)).toEqual([finished])
})

test('an abort ends the wait', async () => {
  const log = new GenerationLog()
  const over = new AbortController()
  const reading = collect(log.tail(0, over.signal))
  log.append({ type: 'delta', text: 'a' })
  await new Promise(setImmediate)
  over.abort()
  expect(textOf(await reading)).toBe('d:a')
})

test('a reader that cannot take more gets what gathered as one event', async () => {
  const log = new GenerationLog()
  let full = Promise.withResolvers<void>()
  let isFull = true
  const entries: LogEntry[] = []
  const writer = { room: () => (isFull ? full.promise : undefined), sent: () => {} }
  const reading = (async () => {
    for await (const entry of log.tail(0, never, writer)) entries.push(entry)
  })()
  for (let i = 0; i < 1_000; i++) log.append({ type: 'delta', text: 'token ' })
  await new Promise(setImmediate)
  expect(entries).toEqual([])
  isFull = false
  full.resolve()
  full = Promise.withResolvers()
  log.append(finished)
  await reading
  expect(entries.length).toBe(2)
})

test('an writer that sends by itself and one that refuses now and then leave nothing out and nothing twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 100 }),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
      async (pieces, accepts, pauses) => {
        const log = new GenerationLog()
        const sent: LogEntry[] = []
        let writes = 0
        const writer: EventWriter = {
          room: () => undefined,
          sent: () => {},
          write: (seq, event) => {
            if (accepts[writes++ % accepts.length] === false) return false
            sent.push({ seq, event })
            return true
          },
        }
        const reading = (async () => {
          for await (const entry of log.tail(0, never, writer)) sent.push(entry)
        })()
        for (const [at, event] of pieces.entries()) {
          log.append(event)
          if (pauses[at % pauses.length] === true) await new Promise(setImmediate)
        }
        log.append(finished)
        await reading
        expect(runs(sent.map(({ event }) => event))).toEqual(runs(pieces))
        expect(sent.at(-1)).toEqual({ seq: log.end, event: finished })
        expect(sent.map(({ seq }) => seq)).toEqual(sent.map(({ seq }) => seq).toSorted((a, b) => a - b))
      },
    ),
    { numRuns: 100 },
  )
})
