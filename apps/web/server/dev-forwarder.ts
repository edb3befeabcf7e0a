import type { Server } from 'node:http'
import type { Plugin } from 'vite'
import { readEnv } from './env.ts'
import { Forwarder, isForApi } from './forwarder.ts'
import { Tunnel } from './tunnel.ts'

/** The same way to the API under `vite dev` as in production. */
export function devForwarder(): Plugin {
  return {
    name: 'slicechat-forwarder',
    configureServer({ middlewares, httpServer: viteServer }) {
      const httpServer = viteServer as Server | null
      const settings = readEnv()
      const forwarder = new Forwarder(settings)
      const tunnel = new Tunnel(settings)
      middlewares.use((request, response, next) => {
        if (isForApi(request.url)) forwarder.forward(request, response)
        else next()
      })
      httpServer?.on('upgrade', (request, socket, head) => {
        // Vite answers its own upgrades, which are for other paths.
        if (isForApi(request.url)) tunnel.open(request, socket, head)
      })
      // `npm run dev` is gone: its IPC channel closes with it. Vite itself ends on SIGTERM alone.
      process.once('disconnect', () => process.emit('SIGTERM', 'SIGTERM'))
      httpServer?.on('close', () => {
        tunnel.closeAll()
        forwarder.close()
      })
    },
  }
}
