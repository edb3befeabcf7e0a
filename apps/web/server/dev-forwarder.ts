import type { IncomingMessage, Server } from 'node:http'
import type { Plugin } from 'vite'
import { ApiMode } from './api-mode.ts'
import { isForApi } from './api-paths.ts'
import { belowBase } from './base-path.ts'
import { readEnv } from './env.ts'
import { Forwarder } from './forwarder.ts'
import { WebSocketProxy } from './websocket-proxy.ts'

/** Forwards requests to the API under `vite dev` in the same way as in production. */
export function devForwarder(): Plugin {
  return {
    name: 'slicechat-forwarder',
    configureServer({ middlewares, httpServer: viteServer }) {
      const httpServer = viteServer as Server | null
      const settings = readEnv()
      const mode = new ApiMode(settings.API_URL)
      const forwarder = new Forwarder(settings, mode)
      const webSocketProxy = new WebSocketProxy(settings, mode)
      /**
       * Whether a request is for the API; its path is then cut to begin there. Vite handles the base path of all
       * others.
       */
      const isTaken = (request: IncomingMessage): boolean => {
        const url = belowBase(request.url, settings.BASE_PATH)
        if (!isForApi(url)) return false
        request.url = url
        return true
      }
      middlewares.use((request, response, next) => {
        if (isTaken(request)) forwarder.forward(request, response)
        else next()
      })
      httpServer?.on('upgrade', (request, socket, head) => {
        // Vite answers its own upgrades, which are for other paths.
        if (isTaken(request)) webSocketProxy.open(request, socket, head)
      })
      // The IPC channel closes when `npm run dev` ends. Vite itself stops on SIGTERM only.
      process.once('disconnect', () => process.emit('SIGTERM', 'SIGTERM'))
      httpServer?.on('close', () => {
        webSocketProxy.closeAll()
        forwarder.close()
        mode.close()
      })
    },
  }
}
