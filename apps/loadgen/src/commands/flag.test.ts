import { describe, expect, test } from 'vitest'
import { flag, readFlags } from './flag.ts'
import { UsageProblem } from '../problems/usage-problem.ts'

const flags = {
  target: flag.text('URL', ''),
  set: flag.list('PATH=VALUE', ''),
  workers: flag.whole('N', 1, ''),
  goal: flag.share('SHARE', ''),
  duration: flag.duration('TIME', ''),
  over: flag.choice(['users', 'rate'], ''),
  quiet: flag.switch(''),
}
const positionals = { names: 'SCENARIO', min: 1, max: 1 }
const read = (...args: string[]) => readFlags(args, flags, positionals)

function problemsOf(...args: string[]): readonly string[] {
  try {
    read(...args)
  } catch (error) {
    if (error instanceof UsageProblem) return error.problems
    throw error
  }
  return []
}

describe('flags', () => {
  test('are read with their types, in any order, with or without =', () => {
    const { values, positionals: given } = read(
      ...['--set', 'a=1', 'smoke', '--set=b=2', '--workers', '4', '--goal', '95%'],
      ...['--duration', '500ms', '--over', 'rate', '--quiet'],
    )
    expect(given).toEqual(['smoke'])
    expect(values).toEqual({
      target: undefined,
      set: ['a=1', 'b=2'],
      workers: 4,
      goal: 0.95,
      duration: 500,
      over: 'rate',
      quiet: true,
    })
  })

  test('that are wrong are all named at once', () => {
    expect(
      problemsOf('--tarrget', 'x', '--workers', '0', '--over', 'time', '--quiet=yes', '--target'),
    ).toEqual([
      '--tarrget: no such flag; did you mean --target?',
      '--quiet: takes no value',
      '--target: needs a value (URL)',
      '--workers: is at least 1',
      '--over: is one of users, rate',
    ])
  })

  test('a duration without a unit could mean two things', () => {
    expect(problemsOf('smoke', '--duration', '30')).toEqual(['--duration: 30 has no unit: write 30ms or 30s'])
    expect(problemsOf('smoke', '--duration', 'soon')).toEqual([
      '--duration: expected a duration such as 500ms, 20s, 5m or 1h',
    ])
    expect(read('smoke', '--duration', '0').values.duration).toBe(0)
  })

  test('of other commands are answered with those of this one, and take their value along', () => {
    const instead = { users: '--over users varies them' }
    const problems = (...args: string[]) => {
      try {
        readFlags(args, flags, positionals, instead)
      } catch (error) {
        return (error as UsageProblem).problems
      }
      return []
    }
    expect(problems('smoke', '--users', '5')).toEqual(['--users: no such flag; --over users varies them'])
    expect(problems('--users', '5', 'smoke', '--zz=3')).toEqual([
      '--users: no such flag; --over users varies them',
      '--zz: no such flag',
    ])
  })

  test('numbers are read as people write them', () => {
    expect(read('smoke', '--workers', '1e3').values.workers).toBe(1000)
    expect(problemsOf('smoke', '--workers', 'NaN')).toEqual(['--workers: is a number'])
    expect(problemsOf('smoke', '--workers', '1.5')).toEqual(['--workers: is a whole number'])
  })

  test('given twice, and words that are missing', () => {
    expect(problemsOf('--workers', '1', '--workers', '2')).toEqual([
      '--workers: given twice',
      'SCENARIO is missing',
    ])
  })
})
