import { describe } from 'vitest'
import { answerContract } from './answer-contract.ts'
import { metricsContract } from './metrics-contract.ts'
import { refusalContract } from './refusal-contract.ts'
import type { Target } from './target.ts'

/**
 * What Slicechat relies on in an upstream server, as tests. They run against the simulator in `npm test` and against
 * a real vLLM in `npm run test:vllm`: if both pass, the one may stand in for the other.
 */
export function upstreamContract(name: string, target: () => Target): void {
  describe(`${name}: answers`, () => answerContract(target))
  describe(`${name}: refusals and small endpoints`, () => refusalContract(target))
  describe(`${name}: metrics`, () => metricsContract(target))
}
