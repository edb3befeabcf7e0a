/** The registry of the API. Everything else is in `@slicechat/metrics/reading`, which also runs in a browser. */
export { type ChatMetrics, createChatMetrics } from './chat-metrics.ts'
