import type { ChatMetrics } from '@slicechat/metrics'
import { fastify, type FastifyInstance } from 'fastify'

/** Serves `/metrics` on a port of its own, so that it can stay private where the API is reachable. */
export function createMetricsServer(metrics: ChatMetrics): FastifyInstance {
  const app = fastify({ logger: false })
  app.get('/metrics', async (_request, reply) => {
    const text = await metrics.text()
    return reply.header('content-type', metrics.contentType).send(text)
  })
  return app
}
