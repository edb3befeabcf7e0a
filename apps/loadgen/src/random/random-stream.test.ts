import { expect, test } from 'vitest'
import { RandomStream } from './random-stream.ts'
import { kolmogorovSmirnov } from '../plan/testing/kolmogorov-smirnov.ts'

const uniform = (value: number) => Math.min(1, Math.max(0, value))
const numbers = (random: RandomStream, count: number) => Array.from({ length: count }, () => random.uniform())

test('the same key gives the same numbers, another key others', () => {
  expect(numbers(new RandomStream(7, 'think', 'user-1'), 5)).toEqual(
    numbers(new RandomStream(7, 'think', 'user-1'), 5),
  )
  const keys = [
    [7, 'think', 'user-1'],
    [8, 'think', 'user-1'],
    [7, 'answer', 'user-1'],
    [7, 'think', 'user-2'],
    [7, 'thin', 'kuser-1'],
    [7, 'think'],
  ]
  expect(new Set(keys.map((key) => new RandomStream(...key).uniform())).size).toBe(keys.length)
})

test('the numbers are the same on every machine', () => {
  const random = new RandomStream(1, 'arrivals')
  expect(numbers(random, 3)).toEqual([0.9905679831663529, 0.4273334654939299, 0.11768698976818459])
})

test('the numbers of a stream are uniform', () => {
  expect(kolmogorovSmirnov(numbers(new RandomStream(1, 'numbers'), 20_000), uniform)).toBeGreaterThan(0.01)
})

test('so are the first numbers of streams whose keys differ in one digit', () => {
  const first = Array.from({ length: 20_000 }, (_, user) => new RandomStream(1, 'answer', user).uniform())
  expect(kolmogorovSmirnov(first, uniform)).toBeGreaterThan(0.01)
})

test('such streams have nothing in common', () => {
  const pairs = Array.from({ length: 5_000 }, (_, user) => [
    new RandomStream(1, 'answer', user).uniform() - 0.5,
    new RandomStream(1, 'answer', user + 1).uniform() - 0.5,
  ])
  const covariance = pairs.reduce((sum, [one = 0, other = 0]) => sum + one * other, 0) / pairs.length
  expect(Math.abs(covariance * 12)).toBeLessThan(0.05)
})

test('a choice takes each of a list about as often', () => {
  const random = new RandomStream(3)
  const counts = new Map<string, number>()
  for (let round = 0; round < 30_000; round++) {
    const choice = random.pick(['a', 'b', 'c'])
    counts.set(choice, (counts.get(choice) ?? 0) + 1)
  }
  for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(400)
})
