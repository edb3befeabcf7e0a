import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BlockPool } from './block-pool.ts'

test('free blocks are taken in order; a block that can be found is taken last, and then found no more', () => {
  const pool = new BlockPool(4)
  const [a, b, c] = [pool.allocate(), pool.allocate(), pool.allocate()]
  pool.setHash(a, 11)
  pool.setHash(b, 22)
  for (const block of [b, a, c]) pool.release(block)
  expect(pool.free).toBe(4)
  expect(pool.find(11)).toBe(a)
  // Block c has no hash, so it is taken first. The block that was never used follows, then those that are free longest.
  expect([pool.allocate(), pool.allocate()]).toEqual([c, 3])
  expect(pool.allocate()).toBe(b)
  expect(pool.find(22)).toBeUndefined()
  expect(pool.find(11)).toBe(a)
})

test('a found block that is held again leaves the free list and goes to its end when released', () => {
  const pool = new BlockPool(2)
  const [a, b] = [pool.allocate(), pool.allocate()]
  pool.setHash(a, 1)
  pool.setHash(b, 2)
  pool.release(a)
  pool.release(b)
  pool.hold(a)
  pool.hold(a)
  expect(pool.free).toBe(1)
  pool.release(a)
  expect(pool.isHeld(a)).toBe(true)
  pool.release(a)
  expect([pool.allocate(), pool.allocate()]).toEqual([b, a])
})

test('of blocks with the same hash another is found when one is evicted', () => {
  const pool = new BlockPool(3)
  const blocks = [pool.allocate(), pool.allocate(), pool.allocate()]
  for (const block of blocks) pool.setHash(block, 7)
  for (const block of blocks) pool.release(block)
  for (let left = 3; left > 0; left--) {
    expect(blocks).toContain(pool.find(7))
    pool.allocate()
  }
  expect(pool.find(7)).toBeUndefined()
})

test('misuse is an error', () => {
  const pool = new BlockPool(1)
  expect(() => pool.release(0)).toThrow(RangeError)
  const block = pool.allocate()
  expect(() => pool.allocate()).toThrow(RangeError)
  pool.setHash(block, 1)
  expect(() => pool.setHash(block, 2)).toThrow(RangeError)
})

/** A simple reference implementation. */
class PlainPool {
  readonly holders: number[]
  readonly hashes: (number | undefined)[]
  readonly freeOnes: number[]

  constructor(size: number) {
    this.holders = Array.from({ length: size }, () => 0)
    this.hashes = Array.from({ length: size }, () => undefined)
    this.freeOnes = this.holders.map((_, block) => block)
  }

  allocate(): number {
    const block = this.freeOnes.shift() as number
    this.hashes[block] = undefined
    this.holders[block] = 1
    return block
  }

  hold(block: number): void {
    if (this.holders[block] === 0) this.freeOnes.splice(this.freeOnes.indexOf(block), 1)
    this.holders[block] = (this.holders[block] as number) + 1
  }

  release(block: number): void {
    this.holders[block] = (this.holders[block] as number) - 1
    if (this.holders[block] !== 0) return
    if (this.hashes[block] === undefined) this.freeOnes.unshift(block)
    else this.freeOnes.push(block)
  }
}

test('any sequence of operations does what the plain version does', () => {
  const size = 6
  const operation = fc.tuple(
    fc.constantFrom('take', 'hold', 'release', 'remember'),
    fc.nat(size - 1),
    fc.nat(3),
  )
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
      const pool = new BlockPool(size)
      const plain = new PlainPool(size)
      for (const [kind, block, hash] of operations) {
        if (kind === 'take' && plain.freeOnes.length > 0) expect(pool.allocate()).toBe(plain.allocate())
        const held = (plain.holders[block] as number) > 0
        if (kind === 'hold' && (held || plain.hashes[block] !== undefined)) {
          pool.hold(block)
          plain.hold(block)
        }
        if (kind === 'release' && held) {
          pool.release(block)
          plain.release(block)
        }
        if (kind === 'remember' && held && plain.hashes[block] === undefined) {
          pool.setHash(block, hash)
          plain.hashes[block] = hash
        }
        expect(pool.free).toBe(plain.freeOnes.length)
        for (let wanted = 0; wanted <= 3; wanted++) {
          const found = pool.find(wanted)
          expect(found === undefined ? undefined : plain.hashes[found]).toBe(
            plain.hashes.includes(wanted) ? wanted : undefined,
          )
        }
      }
    }),
    { numRuns: 500 },
  )
})
