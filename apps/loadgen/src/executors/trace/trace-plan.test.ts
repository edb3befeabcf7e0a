import { afterAll, describe, expect, test } from 'vitest'
import { estimatedTokens } from '../../dialogues/length.ts'
import type { TraceFormat } from './trace-schema.ts'
import { findings, Replay, requests } from './testing/replay.ts'

const files = new Replay()
afterAll(() => files[Symbol.dispose]())
const replay = files.plan
const leftOut = {
  line: undefined,
  path: '',
  message: 'set executor.skipInvalid=true to leave out what cannot be used',
}

describe('mooncake', () => {
  const line = (timestamp: number, input_length: number, hash_ids: number[], output_length = 30) =>
    JSON.stringify({ timestamp, input_length, output_length, hash_ids })
  const text = [line(500, 1100, [7, 8, 9]), line(1500, 1200, [7, 8, 10], 44), line(1500, 40, [11]), ''].join(
    '\n',
  )

  test('times, lengths and answers are those of the trace, its first arrival is zero', () => {
    const plan = replay('mooncake', text)
    const all = requests(plan)
    expect(all.map(({ atMs }) => atMs)).toEqual([0, 1000, 1000])
    expect(all.map(({ turns }) => turns[0].maxTokens)).toEqual([30, 44, 30])
    for (const [index, tokens] of [1100, 1200, 40].entries())
      expect(Math.abs(estimatedTokens(all[index]?.turns[0].content ?? '') - tokens)).toBeLessThan(8)
    expect(plan.durationMs).toBe(2000)
  })

  test('equal hash ids are equal text: 512 tokens of shared prefix each', () => {
    const [one = '', other = '', third = ''] = requests(replay('mooncake', text)).map(
      ({ turns }) => turns[0].content,
    )
    let shared = 0
    while (one[shared] === other[shared]) shared += 1
    expect(shared).toBeGreaterThanOrEqual(2 * 512 * 4)
    expect(shared).toBeLessThan(2 * 512 * 4 + 60)
    expect(one.startsWith(third.slice(0, 60))).toBe(false)
  })

  test('blocks are the same text for every seed and file', () => {
    const again = requests(replay('mooncake', line(0, 512, [7])))[0]?.turns[0].content ?? ''
    expect(requests(replay('mooncake', text))[0]?.turns[0].content.startsWith(again)).toBe(true)
  })

  test('speed 2 replays twice as fast, limit cuts', () => {
    expect(requests(replay('mooncake', text, { speed: 2, limit: 2 })).map(({ atMs }) => atMs)).toEqual([
      0, 500,
    ])
  })

  test('malformed lines are named by number, all at once', () => {
    const broken = [
      line(0, 9, [1]),
      '{"timestamp": 1',
      '',
      '{"timestamp":"now","input_length":3,"output_length":0}',
    ]
    expect(findings(() => replay('mooncake', broken.join('\n')))).toEqual([
      { line: 2, path: '', message: expect.stringContaining('not JSON') as string },
      { line: 4, path: '', message: expect.stringMatching(/timestamp: .*; output_length: /) as string },
      leftOut,
    ])
  })

  test('a file full of mistakes is cut after twenty', () => {
    const all = findings(() => replay('mooncake', 'no\n'.repeat(50)))
    expect(all.length).toBe(21)
    expect(all[20]?.message).toBe('and 30 more')
  })
})

describe('burstgpt', () => {
  const text = `Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type
5,ChatGPT,472,18,490,Conversation log
45.5,ChatGPT,20,300,320,API log
50,GPT-4,1087,0,1087,Conversation log
65,GPT-4,3,9,12,API log
`

  test('times in seconds, lengths, answers; failed requests are left out', () => {
    const all = requests(replay('burstgpt', text))
    expect(all.map(({ atMs }) => atMs)).toEqual([0, 40_500, 60_000])
    expect(all.map(({ turns }) => turns[0].maxTokens)).toEqual([18, 300, 9])
    expect(Math.abs(estimatedTokens(all[0]?.turns[0].content ?? '') - 472)).toBeLessThan(8)
  })

  test('columns are found by name', () => {
    const other = 'Session ID,Response tokens,Timestamp,Request tokens\nx,7,1,50\n'
    expect(requests(replay('burstgpt', other))[0]?.turns[0].maxTokens).toBe(7)
  })

  test('languages are the scenario’s', () => {
    const zh = requests(replay('burstgpt', text, {}, { conversation: { languages: { zh: 1 } } }))
    expect(zh[0]?.turns[0].content).toMatch(/[\u4e00-\u9fff]/)
  })

  test('malformed lines are named by number, a wrong header by what it lacks', () => {
    expect(findings(() => replay('burstgpt', text.replace('45.5', 'soon').replace('3,9', '3')))).toEqual([
      { line: 3, path: '', message: 'Timestamp is "soon", not a number of seconds' },
      { line: 5, path: '', message: 'has 5 columns, the header 6' },
      leftOut,
    ])
    expect(findings(() => replay('burstgpt', 'a,b\n1,2'))[0]).toMatchObject({
      line: 1,
      message: 'the header lacks "Timestamp", "Request tokens", "Response tokens"',
    })
  })
})

describe('sharegpt', () => {
  const said = (...values: string[]) => ({
    conversations: values.map((value, index) => ({ from: index % 2 === 0 ? 'human' : 'gpt', value })),
  })
  const text = JSON.stringify([
    said('One?', 'A first answer that is forty characters.', 'Two?', 'Short'),
    {
      messages: [{ role: 'user', content: 'Three?' }],
    },
  ])

  test('messages and lengths of answers are those recorded', () => {
    const all = requests(replay('sharegpt', text, {}, { conversation: { thinkTime: '3s' } }))
    expect(
      all.map(({ turns }) => turns.map(({ content, maxTokens, thinkMs }) => [content, maxTokens, thinkMs])),
    ).toEqual([
      [
        ['One?', 10, 0],
        ['Two?', 1, 3000],
      ],
      [['Three?', undefined, 0]],
    ])
  })

  test('the rate is the scenario’s', () => {
    const many = JSON.stringify(Array.from({ length: 40 }, () => said('Yes?')))
    const all = requests(replay('sharegpt', many, { rate: 4 }, { arrivals: { process: 'constant' } }))
    expect(all.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 40 }, (_, index) => index * 250))
  })

  test('the scenario may ask for fewer turns and for other answers', () => {
    const [first] = requests(replay('sharegpt', text, {}, { conversation: { turns: 1, answer: 77 } }))
    expect(first?.turns.map(({ maxTokens }) => maxTokens)).toEqual([77])
  })

  test('a malformed conversation is named by its line', () => {
    const rows = [said('Yes?'), { conversation: 1 }, { conversations: [{ from: 'human' }] }]
    const form = expect.stringMatching(/^expected conversations: /) as string
    for (const text of [
      `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}]`,
      `\n${rows.map((row) => JSON.stringify(row)).join('\r\n')}`,
    ])
      expect(findings(() => replay('sharegpt', text))).toEqual([
        { line: 3, path: '', message: form },
        { line: 4, path: '', message: form },
        leftOut,
      ])
    expect(findings(() => replay('sharegpt', '{}'))[0]?.message).toEqual(form)
  })
})

test.each<[TraceFormat, string]>([
  ['mooncake', '\n'],
  ['burstgpt', 'Timestamp,Request tokens,Response tokens\n'],
  ['sharegpt', '[]'],
])('an empty %s trace is refused', (format, text) => {
  expect(findings(() => replay(format, text))[0]?.message).toBe('holds no conversation')
})

test.each<[TraceFormat, string]>([
  ['mooncake', '{"timestamp":0,"input_length":5,"output_length":5}\r\n'],
  ['burstgpt', 'Timestamp,Request tokens,Response tokens\r\n0,5,5\r\n'],
  ['sharegpt', '[{"messages":[{"role":"user","content":"Hi"}]}]\r\n'],
])('a %s trace from Windows is read', (format, text) => {
  expect(requests(replay(format, `\uFEFF${text}`))).toHaveLength(1)
})

test.each<[TraceFormat, string]>([
  ['mooncake', '{"timestamp":0,"input_length":1e12,"output_length":5}'],
  ['burstgpt', 'Timestamp,Request tokens,Response tokens\n0,1000000000000,5'],
])('a %s prompt that no memory holds is named before it is written', (format, text) => {
  expect(findings(() => replay(format, text))).toHaveLength(1)
})

test('a missing file is named, and a window that leaves nothing', () => {
  expect(findings(() => replay('mooncake', '', { file: 'not-there' }))[0]).toMatchObject({
    path: 'executor.file',
    message: expect.stringContaining('not-there cannot be read (ENOENT)') as string,
  })
  const short = JSON.stringify({ timestamp: 0, input_length: 5, output_length: 5 })
  expect(findings(() => replay('mooncake', short, {}, { warmUp: '5s' }))[0]?.path).toBe('warmUp')
})
