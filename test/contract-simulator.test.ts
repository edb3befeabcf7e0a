import { startSimulator, type Simulator } from '@slicechat/simulator'
import { afterAll, beforeAll, describe } from 'vitest'
import { inspect, type Target } from './contract/target.ts'
import { upstreamContract } from './contract/upstream-contract.ts'

const LIMITS = { maxNumSeqs: 32, maxNumQueuedReqs: 64, maxNumQueuedTokens: 24_000 }

const KINDS = [
  ['simulator, fixed timing', { ttftMs: 10, itlMs: 5, enablePrefixCaching: false }],
  ['simulator, batching', { slice: 'h100-80gb', model: 'qwen2.5-0.5b-instruct' }],
] as const

describe.each(KINDS)('%s', (name, kind) => {
  let simulator: Simulator
  let target: Target

  beforeAll(async () => {
    simulator = await startSimulator({
      ...LIMITS,
      port: 0,
      maxModelLen: 4096,
      enablePerRequestMetrics: true,
      enablePromptTokensDetails: true,
      enableRequestIdHeaders: true,
      ...kind,
    })
    target = await inspect(simulator.url, { exclusive: true, limits: LIMITS })
  })
  afterAll(() => simulator.close())

  upstreamContract(name, () => target)
})
