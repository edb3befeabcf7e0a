import { describe } from 'vitest'
import { admissionContract } from './admission-contract.ts'
import { apiContract } from './api-contract.ts'
import { answerContract } from './answer-contract.ts'
import { cacheContract } from './cache-contract.ts'
import { metricsContract } from './metrics-contract.ts'
import { openaiContract } from './openai-contract.ts'
import { refusalContract } from './refusal-contract.ts'
import type { Target } from './target.ts'

/**
 * What Slicechat relies on in an upstream server, as tests. They run against the simulator in `npm test` and against a
 * real vLLM in `npm run test:vllm`. If both pass, the simulator may stand in for vLLM.
 */
export function upstreamContract(name: string, target: () => Target): void {
  describe(`${name}: answers`, () => answerContract(target))
  describe(`${name}: refusals and small endpoints`, () => refusalContract(target))
  describe(`${name}: metrics`, () => metricsContract(target))
  describe(`${name}: prefix cache`, () => cacheContract(target))
  describe(`${name}: the stock client`, () => openaiContract(target))
  describe(`${name}: Slicechat's own API`, () => apiContract(target))
  describe(`${name}: admission`, () => admissionContract(target))
}
