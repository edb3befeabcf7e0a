export * from './chat-metrics.ts'
export * from './reading.ts'
