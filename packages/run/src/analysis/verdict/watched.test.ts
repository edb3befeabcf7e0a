import { expect, test } from 'vitest'
import { aRun, aWitness } from '../../testing/parts.ts'
import type { Witness } from '../../schema/witness.ts'
import { analyse } from '../analyse.ts'

const verdict = (...kinds: Witness['kind'][]) =>
  analyse(aRun({ witnesses: kinds.map((kind) => aWitness({ kind })) })).verdict

test('nothing at its limit is said to be so, of those that were watched', () => {
  const all = verdict('api', 'vllm', 'dcgm')
  expect(all.saturating).toEqual([])
  expect(all.statements[0]).toBe('Nothing was at its limit in this run.')
  expect(verdict('vllm').statements[0]).toBe(
    'Nothing was at its limit of what was watched: the client, the engine.',
  )
  expect(verdict().statements[0]).toBe('Nothing was at its limit of what was watched: the client.')
})
