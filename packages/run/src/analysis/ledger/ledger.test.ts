import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Fate } from '../../testing/arbitrary-world.ts'
import { anyFate, withCount, worldOf } from '../../testing/arbitrary-world.ts'
import type { Ledger } from './ledger.ts'
import { ledgerOf } from './ledger.ts'

const someFates = fc.array(anyFate, { maxLength: 40 })
const good = (ordinal: number): Fate => ({
  client: 'succeeded',
  api: 'success',
  engine: 'finished',
  prompt: 20 + ordinal,
  made: 100 + ordinal,
  read: 100 + ordinal,
  untold: false,
})
const allGood = Array.from({ length: 10 }, (_, i) => good(i))
const addsUp = ({ rows }: Ledger): void => {
  for (const { differences } of rows)
    for (const { amount, parts, unexplained } of differences)
      expect(parts.reduce((sum, part) => sum + part.amount, unexplained)).toBe(amount)
}

test('any world in which nothing is lost balances to the last token', () => {
  fc.assert(
    fc.property(someFates, fc.boolean(), (fates, engineOnly) => {
      const ledger = ledgerOf(worldOf(fates, engineOnly))
      expect(ledger.findings).toEqual([])
      expect(ledger.balanced).toBe(true)
      expect(ledger.suspects).toEqual([])
      addsUp(ledger)
    }),
    { numRuns: 500 },
  )
})

test.each([true, false])(
  'answers without text, and without usage, are explained; engine alone: %s',
  (alone) => {
    const empty: Fate = { ...good(20), client: 'EMPTY', api: 'error', empty: true }
    const reasons = (fates: readonly Fate[]) => {
      const ledger = ledgerOf(worldOf(fates, alone))
      expect(ledger.findings).toEqual([])
      return ledger.rows.flatMap(({ differences }) => differences.flatMap(({ parts }) => parts))
    }
    const ofEmpty = reasons([...allGood, empty, empty])
    expect(ofEmpty).toContainEqual({
      amount: 2,
      why: expect.stringMatching(/^ended without text: the engine/) as string,
    })
    expect(ofEmpty.map(({ why }) => why).join()).not.toMatch(/had gone|let go|lost|aborted|first token/)
    const ofUntold = reasons([...allGood, { ...good(30), untold: true, noUsage: true }])
    expect(ofUntold).toContainEqual({
      amount: 130,
      why: expect.stringMatching(/^of 1 .*the server (told|did not)/) as string,
    })
    expect(ofUntold).toContainEqual({
      amount: 50,
      why: expect.stringMatching(/^of 1 .*the server (told|did not)/) as string,
    })
  },
)

test('answers whose usage nobody told explain no more tokens than so many answers can have', () => {
  const fates: Fate[] = [...allGood, { ...good(30), untold: true, noUsage: true }]
  for (const engineOnly of [true, false]) {
    const more = withCount(worldOf(fates, engineOnly), 'vllm:generation_tokens_total', null, 5)
    expect(ledgerOf(more).balanced).toBe(false)
  }
})

test('sizes that the API does not have, though the client was told them, are a contradiction', () => {
  const run = worldOf([...allGood, { ...good(30), untold: true, noUsage: true }])
  const whole = { ...run.whole, untold: 0, succeededUntold: 0, succeededUntoldPrompts: 0 }
  expect(ledgerOf({ ...run, whole }).suspects).toEqual(['api'])
})

test('somebody else’s answers are not laid to users who left, when nobody did', () => {
  const { witnesses } = worldOf([...allGood, ...allGood])
  const { balanced, rows } = ledgerOf({ ...worldOf(allGood), witnesses })
  expect(balanced).toBe(false)
  for (const { differences } of rows) for (const { parts } of differences) expect(parts).toEqual([])
})

test('where every answer succeeded all counts are equal', () => {
  const { rows } = ledgerOf(worldOf(allGood))
  for (const { quantity, counts, differences } of rows) {
    if (counts.api !== null) expect([quantity, counts.api]).toEqual([quantity, counts.client])
    if (counts.api !== null && counts.vllm !== null)
      expect([quantity, counts.vllm]).toEqual([quantity, counts.api])
    for (const { parts } of differences) expect(parts).toEqual([])
  }
  expect(rows.find(({ quantity }) => quantity === 'completionTokens')?.counts).toEqual({
    client: 1045,
    api: 1045,
    vllm: 1045,
  })
})

test.each([
  ['chat_requests_total', 'success', 'api'],
  ['chat_tokens_total', 'prompt', 'api'],
  ['chat_tokens_total', 'completion', 'api'],
  ['vllm:request_success_total', 'stop', 'vllm'],
  ['vllm:prompt_tokens_total', null, 'vllm'],
  ['vllm:generation_tokens_total', null, 'vllm'],
])(
  'where nobody left, a count of %s %s that is off by any number is flagged, and %s named',
  (name, label, party) => {
    fc.assert(
      fc.property(
        fc.integer({ min: -50, max: 50 }).filter((n) => n !== 0),
        (change) => {
          const ledger = ledgerOf(withCount(worldOf(allGood), name, label, change))
          expect(ledger.balanced).toBe(false)
          expect(ledger.suspects).toEqual([party])
          addsUp(ledger)
        },
      ),
    )
  },
)

test.each([
  ['chat_requests_total', 'success', 'api'],
  ['vllm:request_success_total', 'stop', 'vllm'],
  ['vllm:request_success_total', 'length', 'vllm'],
])('in any world a lost count of %s %s is flagged, and %s named', (name, label, party) => {
  fc.assert(
    fc.property(someFates, (fates) => {
      const ledger = ledgerOf(withCount(worldOf([...allGood, ...fates]), name, label, -1))
      expect(ledger.balanced).toBe(false)
      expect(ledger.suspects).toEqual([party])
    }),
  )
})

test('in any world with any count changed, an innocent witness is never the only suspect', () => {
  const change = fc.integer({ min: -30, max: 30 })
  const counters = fc.constantFrom<[string, string | null, string]>(
    ['chat_requests_total', 'cancelled', 'api'],
    ['chat_requests_total', 'error', 'api'],
    ['chat_requests_total', 'rejected', 'api'],
    ['chat_tokens_total', 'prompt', 'api'],
    ['chat_tokens_total', 'completion', 'api'],
    ['vllm:prompt_tokens_total', null, 'vllm'],
    ['vllm:generation_tokens_total', null, 'vllm'],
  )
  fc.assert(
    fc.property(someFates, counters, change, (fates, [name, label, party], by) => {
      const ledger = ledgerOf(withCount(worldOf([...allGood, ...fates]), name, label, by))
      if (!ledger.balanced) expect(ledger.suspects).toContain(party)
      addsUp(ledger)
    }),
    { numRuns: 500 },
  )
})

test('a client that lost a request is named', () => {
  const run = worldOf(allGood)
  const whole = { ...run.whole, succeeded: 9, started: 9, intended: 9 }
  const ledger = ledgerOf({ ...run, whole })
  expect(ledger.suspects).toEqual(['client'])
  expect(ledger.findings[0]).toBe('the client disagrees with the API and vLLM.')
})

test('traffic of somebody else at the engine is flagged there', () => {
  const run = worldOf(allGood)
  const other = worldOf([...allGood, good(50)])
  const engine = other.witnesses.filter(({ kind }) => kind === 'vllm')
  const ledger = ledgerOf({
    ...run,
    witnesses: [...run.witnesses.filter(({ kind }) => kind === 'api'), ...engine],
  })
  expect(ledger.suspects).toEqual(['vllm'])
  expect(ledger.findings.join(' ')).toContain('somebody else')
})

test('a restart is a doubt that explains what is missing, and not what is too much', () => {
  const run = withCount(worldOf(allGood), 'vllm:generation_tokens_total', null, -40)
  const restarted = {
    ...run,
    witnesses: run.witnesses.map((one) => (one.kind === 'vllm' ? { ...one, resets: 1 } : one)),
  }
  const ledger = ledgerOf(restarted)
  expect(ledger.balanced).toBe(true)
  expect(ledger.notes.join(' ')).toContain('restarted')
  expect(ledgerOf(withCount(restarted, 'vllm:generation_tokens_total', null, 90)).balanced).toBe(false)
})

test('absent witnesses are noted, and what is left is compared', () => {
  const run = worldOf(allGood)
  const alone = ledgerOf({ ...run, witnesses: [] })
  expect(alone).toMatchObject({ balanced: true, parties: ['client'] })
  expect(alone.notes).toHaveLength(2)
  const two = ledgerOf(
    withCount({ ...run, witnesses: run.witnesses.slice(0, 1) }, 'chat_tokens_total', 'prompt', -1),
  )
  expect(two).toMatchObject({ balanced: false, parties: ['client', 'api'], suspects: ['api'] })
})

test('a fifth of users that abandon: every difference has its reasons', () => {
  const left: Fate = {
    ...good(3),
    client: 'abandoned',
    api: 'cancelled',
    engine: 'aborted',
    made: 60,
    read: 55,
    untold: true,
  }
  const stopped: Fate = { ...left, untold: false, made: 30, read: 30 }
  const ledger = ledgerOf(worldOf([...allGood.slice(0, 8), left, stopped]))
  expect(ledger.balanced).toBe(true)
  const tokens = ledger.rows.find(({ quantity }) => quantity === 'completionTokens')
  expect(tokens?.differences.map(({ amount }) => amount)).toEqual([55, 5])
  expect(tokens?.differences[1]?.parts[0]?.why).toContain('made 90 tokens')
})
