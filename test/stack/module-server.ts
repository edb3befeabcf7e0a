import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { stripTypeScriptTypes } from 'node:module'

/** Serves the TypeScript modules of a folder to a browser, with their types stripped, and an empty page at `/`. */
export class ModuleServer implements AsyncDisposable {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** @param folder contains the modules; nothing outside of it is served */
  static async start(folder: URL): Promise<ModuleServer> {
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost')
      if (pathname === '/') return void response.setHeader('content-type', 'text/html').end('<!doctype html>')
      const file = new URL(`.${pathname}`, folder)
      readFile(file, 'utf8').then(
        (source) =>
          pathname.endsWith('.css')
            ? response.setHeader('content-type', 'text/css').end(source)
            : response.setHeader('content-type', 'text/javascript').end(stripTypeScriptTypes(source)),
        () => response.writeHead(404).end(),
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new ModuleServer(server)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
