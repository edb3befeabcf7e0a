import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { estimatedTokens } from '../../dialogues/length.ts'
import type { TraceFormat } from './trace-schema.ts'
import { findings, Replay, requests } from './testing/replay.ts'

const files = new Replay()
afterAll(() => files[Symbol.dispose]())
const replay = files.plan

describe('azure', () => {
  const of2023 = `TIMESTAMP,ContextTokens,GeneratedTokens
2023-11-16 18:15:46.6805900,374,44
2023-11-16 18:15:50.9951690,396,109
2023-11-16 18:15:51,879,55
`

  test('times of seven digits, with and without a zone, and lengths', () => {
    const all = requests(replay('azure', of2023))
    expect(all.map(({ atMs }) => Math.round(atMs * 10) / 10)).toEqual([0, 4314.6, 4319.4])
    expect(all.map(({ turns }) => turns[0].maxTokens)).toEqual([44, 109, 55])
    expect(Math.abs(estimatedTokens(all[0]?.turns[0].content ?? '') - 374)).toBeLessThan(8)
    const of2024 = `TIMESTAMP,ContextTokens,GeneratedTokens\r
2024-05-10 00:00:00.009930+00:00,2162,5\r
2024-05-10 00:00:00.017335+00:00,2399,6\r
2024-05-10T02:00:01Z,100,7\r
2024-05-10 02:00:02.5+0200,100,8\r
`
    expect(requests(replay('azure', of2024)).map(({ atMs }) => Math.round(atMs * 1000) / 1000)).toEqual([
      0, 7.405, 2490.07, 7_200_990.07,
    ])
  })

  test('columns of later traces are no matter, requests without an answer are left out and told', () => {
    const plan = replay(
      'azure',
      'TIMESTAMP,NumImages,ContextTokens,GeneratedTokens\n2024-10-15 00:00:01,2,900,30\n2024-10-15 00:00:00,0,5,0\n',
    )
    expect(requests(plan).map(({ turns }) => turns[0].maxTokens)).toEqual([30])
    expect(plan.remarks).toEqual([
      expect.stringMatching(
        /^1 requests without an answer \(they failed when recorded\) left out of .*trace\.$/,
      ),
    ])
  })

  test('rows that are none are named by number', () => {
    const broken = of2023
      .replace('2023-11-16 18:15:51', 'yesterday')
      .replace('396', '39.5')
      .replace(',44', ',')
    expect(
      findings(() => replay('azure', broken)).map(({ line = '', message }) => `${line}: ${message}`),
    ).toEqual([
      '2: GeneratedTokens is "", not a number of tokens',
      '3: ContextTokens is "39.5", not a number of tokens',
      '4: TIMESTAMP is "yesterday", not a time such as 2023-11-16 18:15:46.6805900',
    ])
  })
})

test.each<[string, string]>([
  ['decimals and exponents, as tools write them', '5.0,ChatGPT,4.72e2,18.0\n1.2E1,GPT-4,+20.,300\n'],
  ['quotes', '"5","Chat, ""GPT""","472","18"\r\n "12" ,"GPT-4", 20 ,300\r\n'],
  ['the later first', '12,GPT-4,20,300\n5,ChatGPT,472,18\n'],
])('burstgpt with %s', (_, rows) => {
  const all = requests(replay('burstgpt', `\uFEFF"Timestamp",Model,Request_Tokens,response tokens\n${rows}`))
  expect(all.map(({ atMs }) => atMs)).toEqual([0, 7000])
  expect(all.map(({ turns }) => turns[0].maxTokens)).toEqual([18, 300])
})

test('a quote that is not closed is a malformed line', () => {
  const text = 'Timestamp,Request tokens,Response tokens\n1,"5,3\n2,"5" 1,3\n3,5,3\n'
  expect(findings(() => replay('burstgpt', text)).map(({ line }) => line)).toEqual([2, 3, undefined])
})

describe('mooncake', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, id) => id)
  const line = (input_length: number, hash_ids: number[]) =>
    JSON.stringify({ timestamp: 0, input_length, output_length: 3, hash_ids })

  test('blocks of another size are refused, with the size that fits', () => {
    expect(findings(() => replay('mooncake', line(521, ids(33))))[0]).toEqual({
      line: 1,
      path: '',
      message:
        'hash_ids names 33 blocks, and 521 tokens are 2 of 512; 33 would be of 16: set executor.blockTokens=16',
    })
    expect(findings(() => replay('mooncake', line(521, ids(2)), { blockTokens: 16 }))[0]?.message).toContain(
      'are 33 of 16',
    )
  })

  test('with it equal ids are equal text', () => {
    const text = `${line(520, ids(33))}\n${line(330, [...ids(20), 99])}\n${line(40, ids(2))}`
    const [one = '', other = ''] = requests(replay('mooncake', text, { blockTokens: 16 })).map(
      ({ turns }) => turns[0].content,
    )
    expect(one.slice(0, 20 * 16 * 4)).toBe(other.slice(0, 20 * 16 * 4))
    expect(one.slice(0, 21 * 16 * 4)).not.toBe(other.slice(0, 21 * 16 * 4))
    expect(Math.abs(estimatedTokens(one) - 520)).toBeLessThan(8)
  })

  test('the last block may be left out, and all of them', () => {
    expect(requests(replay('mooncake', `${line(1100, [1, 2])}\n${line(1100, [])}`))).toHaveLength(2)
  })
})

describe('sharegpt', () => {
  const user = { from: 'human', value: 'Hello?' }
  const system = { from: 'system', value: 'Be "brief" ] }, and kind.' }
  const rows = [
    { conversations: [system, user, { from: 'gpt', value: 'Hi' }] },
    {
      messages: [
        { role: 'developer', content: [{ type: 'text', text: 'Rhyme.' }] },
        { role: 'user', content: 'A\nB' },
      ],
    },
    { conversation: [user, { from: 'system', value: 'Too late.' }, user] },
  ]
  const spoken = (text: string | Uint8Array) =>
    requests(replay('sharegpt', text)).map(({ systemPrompt, turns }) => [
      systemPrompt,
      ...turns.map(({ content }) => content),
    ])
  const expected = [
    ['Be "brief" ] }, and kind.', 'Hello?'],
    ['Rhyme.', 'A\nB'],
    [undefined, 'Hello?', 'Hello?'],
  ]

  test.each<[string, string | Uint8Array]>([
    ['a list', JSON.stringify(rows)],
    ['a list over lines', JSON.stringify(rows, null, 2)],
    ['JSONL', rows.map((row) => JSON.stringify(row)).join('\n')],
    ['JSONL from Windows', `\uFEFF${rows.map((row) => JSON.stringify(row)).join('\r\n')}\r\n`],
    ['a list, compressed', gzipSync(JSON.stringify(rows))],
  ])('%s: system messages are system prompts', (_, text) => {
    expect(spoken(text)).toEqual(expected)
  })

  test('a recorded system prompt wins over the scenario’s, and a late one is told', () => {
    const systemPrompts = [{ share: 1, tokens: 9 }]
    const plan = replay('sharegpt', JSON.stringify(rows), {}, { conversation: { systemPrompts } })
    const [first, , third] = requests(plan)
    expect(first?.systemPrompt).toBe('Be "brief" ] }, and kind.')
    expect(third?.systemPrompt).toMatch(/\w/)
    expect(plan.remarks).toEqual([
      expect.stringMatching(/^1 system messages after the user's first left out of/),
    ])
  })

  const broken = [
    ...rows.map((row) => JSON.stringify(row)),
    ...['{"conversations": []}', '{"id": 4}', '{"conv'],
  ]

  test('rows that cannot be used are refused by line', () => {
    const lines = findings(() => replay('sharegpt', broken.join('\n'))).map(({ line }) => line)
    expect(lines).toEqual([4, 5, 6, undefined])
  })

  test('or left out and counted on request', () => {
    const plan = replay('sharegpt', broken.join('\n'), { skipInvalid: true })
    expect(requests(plan)).toHaveLength(3)
    expect(plan.remarks?.[1]).toMatch(
      /^3 rows that cannot be used left out of .*trace; first line 4: no user says anything in it$/,
    )
    const none = () => replay('sharegpt', broken.slice(3).join('\n'), { skipInvalid: true })
    expect(findings(none)[0]?.message).toMatch(/^holds no conversation; 3 rows that cannot be used left out/)
  })

  test.each([
    ['[{"conversations": [{"from": "human", "value": "Hi"}]}', 'ends within the list: is it cut off?'],
    ['[{"conversations": [{"from": "human", "value": "Hi"}]}] []', 'holds something after its list'],
    ['[', 'ends within the list'],
  ])('%s is refused even so', (text, message) => {
    const found = findings(() => replay('sharegpt', text, { skipInvalid: true }))
    expect(found[0]?.message).toContain(message)
  })

  test('pieces of a file make the same rows wherever it is cut', () => {
    const long = 'ü]"\\ '.repeat(100_000)
    const all = Array.from({ length: 6 }, (_, index) => ({
      messages: [{ role: 'user', content: `${index} ${long}` }],
    }))
    for (const text of [JSON.stringify(all), all.map((row) => JSON.stringify(row)).join('\n')])
      expect(requests(replay('sharegpt', text)).map(({ turns }) => turns[0].content)).toEqual(
        all.map(({ messages }) => messages[0]?.content),
      )
  })
})

const zip = Buffer.from('PK\x03\x04more')
const utf16 = Buffer.from('\uFEFFTIMESTAMP', 'utf16le')
const cutGzip = gzipSync('TIMESTAMP').subarray(0, 12)

test.each<[string, TraceFormat, string | Uint8Array, string]>([
  ['Azure’s as BurstGPT’s', 'burstgpt', 'TIMESTAMP,ContextTokens,GeneratedTokens\n', 'executor.format=azure'],
  ['BurstGPT’s as Azure’s', 'azure', 'Timestamp,Model,Request tokens,Response tokens\n', 'format=burstgpt'],
  ['ShareGPT’s as Mooncake’s', 'mooncake', '[{"id":1,"conversations":[]}]', 'executor.format=sharegpt'],
  ['Mooncake’s as ShareGPT’s', 'sharegpt', '{"input_length":5,"output_length":5}', 'format=mooncake'],
  ['a ZIP archive', 'sharegpt', zip, 'is a ZIP archive: unpack it'],
  ['a Parquet file', 'sharegpt', 'PAR1more', 'is a Parquet file: convert it to JSONL'],
  ['UTF-16', 'azure', utf16, 'is UTF-16: save it as UTF-8'],
  ['a broken gzip', 'azure', cutGzip, 'cannot be read (Z_BUF_ERROR)'],
  ['an empty file', 'azure', '', 'holds no conversation'],
])('%s is told for what it is', (_, format, text, message) => {
  const found = findings(() => replay(format, text))
  expect(found).toHaveLength(1)
  expect(found[0]?.message).toContain(message)
})

test('a line that never ends is refused before it fills the memory', () => {
  const text = `TIMESTAMP,ContextTokens,GeneratedTokens\n${'1'.repeat(65 * 1024 * 1024)}`
  expect(findings(() => replay('azure', text))[0]).toMatchObject({
    line: 2,
    message: 'is longer than 64 MiB',
  })
})
