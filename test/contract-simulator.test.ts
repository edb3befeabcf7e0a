import { startSimulator, type Simulator } from '@slicechat/simulator'
import { afterAll, beforeAll } from 'vitest'
import { inspect, type Target } from './contract/target.ts'
import { upstreamContract } from './contract/upstream-contract.ts'

let simulator: Simulator
let target: Target

beforeAll(async () => {
  simulator = await startSimulator({
    port: 0,
    maxModelLen: 4096,
    enablePerRequestMetrics: true,
    enableRequestIdHeaders: true,
    ttftMs: 10,
    itlMs: 2,
  })
  target = await inspect(simulator.url, { exclusive: true })
})
afterAll(() => simulator.close())

upstreamContract('simulator', () => target)
