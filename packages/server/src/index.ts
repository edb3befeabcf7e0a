export { isLoopback } from './loopback.ts'
export { requestIdOf } from './request-id.ts'
export { TurnQueue } from './turn-queue.ts'
