import { expect, test } from 'vitest'
import { ScrollFollower } from './scroll-follower.ts'

const at = (scrollTop: number, scrollHeight = 2_000, clientHeight = 800) => ({
  scrollTop,
  scrollHeight,
  clientHeight,
})

test('at the end it follows', () => {
  const follower = new ScrollFollower()
  expect(follower.following).toBe(true)
  follower.observe(at(1_200))
  expect(follower.following).toBe(true)
})

test('growth alone changes nothing', () => {
  const follower = new ScrollFollower()
  follower.observe(at(1_200))
  follower.observe(at(1_200, 2_600))
  expect(follower.following).toBe(true)
})

test('scrolling up lets go, and however the text grows, it stays so', () => {
  const follower = new ScrollFollower()
  follower.observe(at(1_200))
  follower.observe(at(1_100))
  expect(follower.following).toBe(false)
  follower.observe(at(1_100, 4_000))
  follower.observe(at(1_500, 4_000))
  expect(follower.following).toBe(false)
})

test('scrolling up while the text grows lets go, too', () => {
  const follower = new ScrollFollower()
  follower.observe(at(1_200))
  follower.observe(at(1_150, 2_100))
  expect(follower.following).toBe(false)
})

test('the first pixels up count, near to the end as they are', () => {
  const follower = new ScrollFollower()
  follower.observe(at(1_200))
  follower.observe(at(1_195))
  expect(follower.following).toBe(false)
})

test('moving up by more than the page became shorter lets go', () => {
  const follower = new ScrollFollower()
  follower.observe(at(1_200))
  follower.observe(at(900, 1_900))
  expect(follower.following).toBe(false)
})

test('a wheel turned up lets go at once, where there is anything above', () => {
  const follower = new ScrollFollower()
  follower.observe(at(0, 800))
  follower.turnedUp()
  expect(follower.following).toBe(true)
  follower.observe(at(1_200))
  follower.turnedUp()
  expect(follower.following).toBe(false)
})

test('reaching the end holds on again', () => {
  const follower = new ScrollFollower()
  follower.observe(at(1_200))
  follower.observe(at(600))
  follower.observe(at(1_190))
  expect(follower.following).toBe(true)
})

test('what becomes shorter is not the reader’s doing', () => {
  const follower = new ScrollFollower()
  follower.observe(at(1_200))
  follower.observe(at(1_200, 2_500))
  follower.observe(at(1_100, 2_400))
  expect(follower.following).toBe(true)
  // A taller window (a phone’s keyboard goes away) has the same effect.
  follower.observe(at(1_000, 2_400, 1_000))
  expect(follower.following).toBe(true)
})
