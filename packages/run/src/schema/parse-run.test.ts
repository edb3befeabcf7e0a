import { expect, test } from 'vitest'
import { anInterval, aRun, aWitness } from '../testing/parts.ts'
import { parseRun, RunProblem } from './parse-run.ts'

const problemsOf = (text: string): readonly string[] => {
  try {
    parseRun(text)
  } catch (error) {
    if (error instanceof RunProblem) return error.problems
  }
  return []
}

test('a run comes back as it was', () => {
  const run = aRun({ witnesses: [aWitness()], intervals: [anInterval()] })
  expect(parseRun(JSON.stringify(run))).toEqual(run)
})

test('a run of before its tallies told of usage and bursts is read', () => {
  const later = new Set(['undecided', 'untoldPrompts', 'succeededUntold', 'succeededUntoldPrompts', 'bursts'])
  const text = JSON.stringify(aRun(), (key, value: unknown) => (later.has(key) ? undefined : value))
  expect(text).not.toContain('succeededUntold"')
  expect(parseRun(text).whole.started).toBe(aRun().whole.started)
})

test('another version is named', () => {
  expect(problemsOf(JSON.stringify({ ...aRun(), schema: 'slicechat.run/2' }))).toEqual([
    'schema: the file is slicechat.run/2, and this version reads slicechat.run/1',
  ])
})

test('what is no run at all is said to be none', () => {
  expect(problemsOf('{"a": 1}')).toEqual(['schema: missing; this is not the run.json of a load test'])
  expect(problemsOf('null')).toEqual(['schema: missing; this is not the run.json of a load test'])
  expect(problemsOf('{')[0]).toMatch(/^not JSON/)
})

test('every problem has its path', () => {
  const run = aRun({ intervals: [anInterval(), anInterval()] })
  const broken = JSON.parse(JSON.stringify(run)) as {
    intervals: { users: unknown }[]
    whole: { started: unknown }
  }
  broken.whole.started = -1
  if (broken.intervals[1]) broken.intervals[1].users = 'many'
  const problems = problemsOf(JSON.stringify(broken))
  expect(problems).toHaveLength(2)
  expect(problems[0]).toMatch(/^whole\.started: /)
  expect(problems[1]).toMatch(/^intervals\[1\]\.users: /)
})

test('base64 that holds no histogram is found', () => {
  const run = aRun({ intervals: [anInterval({ ttft: 'bm8gaGlzdG9ncmFt' })] })
  expect(problemsOf(JSON.stringify(run))).toEqual(['intervals[0].ttft: not a histogram'])
})
