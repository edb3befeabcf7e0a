import { expect, test } from 'vitest'
import { CodedError } from '../errors.ts'
import { UpstreamHealth } from './health.ts'

test.each([
  { first: 'answers', hears: (health: UpstreamHealth) => health.answered(), reachable: true },
  {
    first: 'is not there',
    hears: (health: UpstreamHealth) =>
      health.failed(new CodedError('UPSTREAM_UNREACHABLE', 'It is not there.')),
    reachable: false,
  },
])(
  'nothing is told before the server was heard of, whether it then $first: the metric stays 0, and nobody is warned',
  ({ hears, reachable }) => {
    const told: boolean[] = []
    const health = new UpstreamHealth((up) => told.push(up))
    expect(told).toEqual([])
    expect(health.state().reachable).toBe(true)
    hears(health)
    expect(told).toEqual([reachable])
    expect(health.state().reachable).toBe(reachable)
  },
)
