import { expect, test } from 'vitest'
import { blockHash, rootHash } from './prefix-hash.ts'

const text = (...tokens: number[]) => ({ tokenAt: (position: number) => tokens[position] ?? 0 })

test('a hash follows from the tokens of the block, their order, all that precedes them, and the salt', () => {
  const hash = (salt: string, ...tokens: number[]) =>
    blockHash(blockHash(rootHash(salt), text(...tokens), 0, 2), text(...tokens), 2, 2)
  const first = hash('', 1, 2, 3, 4)
  expect(hash('', 1, 2, 3, 4)).toBe(first)
  const others = [
    hash('', 1, 2, 4, 3),
    hash('', 2, 1, 3, 4),
    hash('', 1, 2, 3, 5),
    hash('', 0, 2, 3, 4),
    hash('a', 1, 2, 3, 4),
    hash('b', 1, 2, 3, 4),
    hash('ab', 1, 2, 3, 4),
    hash('ba', 1, 2, 3, 4),
  ]
  expect(new Set([first, ...others]).size).toBe(9)
})

test('hashes are whole numbers that a double holds, spread over all of them, and do not meet', () => {
  const seen = new Set<number>()
  const root = rootHash('')
  let high = 0
  for (let token = 0; token < 200_000; token++) {
    const hash = blockHash(root, text(token), 0, 16)
    if (!Number.isSafeInteger(hash) || hash < 0) throw new Error(`not a hash: ${hash}`)
    if (hash >= 2 ** 52) high++
    seen.add(hash)
  }
  expect(seen.size).toBe(200_000)
  expect(high / 200_000).toBeCloseTo(0.5, 1)
})
