import { expect, test } from 'vitest'
import { RandomStream } from '../random/random-stream.ts'
import { DIALOGUES, userTurns } from './library.ts'

const turns = (language?: string) =>
  DIALOGUES.filter((dialogue) => language === undefined || dialogue.language === language).flatMap(
    (one) => one.turns,
  )

test('hundreds of turns in two languages and five topics each', () => {
  expect(DIALOGUES.length).toBeGreaterThanOrEqual(60)
  expect(turns().length).toBeGreaterThanOrEqual(350)
  expect(turns('zh').length / turns().length).toBeGreaterThan(1 / 3)
  for (const language of ['en', 'zh'])
    expect(new Set(DIALOGUES.filter((one) => one.language === language).map((one) => one.topic))).toEqual(
      new Set(['learning', 'office', 'planning', 'programming', 'writing']),
    )
})

test('every dialogue has an id of its own and several turns, each in its language', () => {
  expect(new Set(DIALOGUES.map(({ id }) => id)).size).toBe(DIALOGUES.length)
  for (const { language, turns } of DIALOGUES) {
    expect(turns.length).toBeGreaterThanOrEqual(5)
    for (const turn of turns) {
      expect(turn).toBe(turn.trim())
      expect(/[\u4e00-\u9fff]/.test(turn)).toBe(language === 'zh')
    }
  }
})

test('turns are of many lengths, from a few words to a pasted text', () => {
  for (const language of ['en', 'zh']) {
    const lengths = turns(language).map((turn) => turn.length)
    expect(Math.min(...lengths)).toBeLessThan(10)
    expect(Math.max(...lengths)).toBeGreaterThan(language === 'en' ? 300 : 90)
    expect(new Set(lengths).size).toBeGreaterThan(30)
  }
})

test('no turn is there twice, but for a few words', () => {
  const long = turns().filter((turn) => turn.length > 25)
  expect(new Set(long).size).toBe(long.length)
})

test('a conversation longer than its topic goes on', () => {
  expect(userTurns('zh', 200, new RandomStream(1)).length).toBe(200)
})
