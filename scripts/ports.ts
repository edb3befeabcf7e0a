import { createServer } from 'node:net'

/** A port that a part of the stack will listen on, and the variable that changes it. */
export interface WantedPort {
  variable: string
  port: number
  use: string
}

/** The ports that are in use already. */
export async function takenPorts(wanted: readonly WantedPort[], host: string): Promise<WantedPort[]> {
  const free = await Promise.all(wanted.map(({ port }) => isFree(port, host)))
  return wanted.filter((_, index) => free[index] === false)
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
