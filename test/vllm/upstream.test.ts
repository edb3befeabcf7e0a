import { beforeAll } from 'vitest'
import { inspect, type Target } from '../contract/target.ts'
import { upstreamContract } from '../contract/upstream-contract.ts'
import { LIMITS } from './cpu-server.ts'

let target: Target

beforeAll(async () => {
  const { VLLM_URL, MODEL, VLLM_API_KEY, VLLM_EXCLUSIVE } = process.env
  if (VLLM_URL === undefined) throw new Error('VLLM_URL is not set; `npm run test:vllm` sets it')
  const exclusive = VLLM_EXCLUSIVE === 'true'
  target = await inspect(VLLM_URL, {
    model: MODEL,
    apiKey: VLLM_API_KEY,
    exclusive,
    // A server that only this test uses is the one that `npm run test:vllm` started.
    limits: exclusive ? LIMITS : undefined,
  })
})

upstreamContract('vLLM', () => target)
