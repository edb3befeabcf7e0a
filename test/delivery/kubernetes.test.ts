// Our overlays on a Kubernetes cluster of one node. The parts share the cluster, and run in this order.
import { afterAll, beforeAll, describe } from 'vitest'
import { aNodeRunsPods } from './kubernetes/node.ts'
import { farModelServes } from './kubernetes/far-model.ts'
import { itStandsUpTo } from './kubernetes/failures.ts'
import { pitfallsAreNamed } from './kubernetes/pitfalls.ts'
import { policiesHold } from './kubernetes/policies.ts'
import { Rehearsal } from './kubernetes/rehearsal.ts'
import { severalPagesServe } from './kubernetes/several-pages.ts'
import { simulatedServes } from './kubernetes/simulated.ts'
import { missingFor } from './requirements.ts'

describe.skipIf(missingFor('kubernetes').length > 0)('a Kubernetes of one node', () => {
  let rehearsal: Rehearsal
  const shared = (): Rehearsal => rehearsal

  beforeAll(async () => {
    rehearsal = await Rehearsal.start()
  })
  // `rehearsal` is undefined if its start failed.
  afterAll(async () => (rehearsal as Rehearsal | undefined)?.[Symbol.asyncDispose]())

  describe('the node', () => aNodeRunsPods(shared))
  describe('the overlay `simulated`', () => simulatedServes(shared))
  describe('its policies', () => policiesHold(shared))
  describe('the overlay `cluster`', () => farModelServes(shared))
  describe('pitfalls in it', () => pitfallsAreNamed(shared))
  describe('the overlay `ha`', () => severalPagesServe(shared))
  describe('what goes wrong by itself', () => itStandsUpTo(shared))
})
