import { type RequestListener, type Server, createServer } from 'node:http'
import type { Socket } from 'node:net'

/** Connections on which nothing has been asked yet, such as those that browsers open ahead. */
export interface WaitingConnections {
  readonly server: (handler: RequestListener) => Server
  /** They would hold up the end of the server: Node counts them neither as idle nor as busy. */
  destroy(): void
}

/** The whole request has to be there by then, in milliseconds: forms and token requests are small. */
const requestTimeout = 30_000

/** In milliseconds. Longer than proxies keep theirs (nginx: 60 s), or they write to a connection that is just being closed. */
const keepAliveTimeout = 65_000

export function waitingConnections(): WaitingConnections {
  const waiting = new Set<Socket>()
  return {
    server(handler) {
      const server = createServer({ requestTimeout, keepAliveTimeout }, handler)
      server.on('connection', (socket: Socket) => {
        waiting.add(socket)
        socket.once('close', () => waiting.delete(socket))
      })
      server.on('request', ({ socket }) => waiting.delete(socket))
      return server
    },
    destroy() {
      for (const socket of waiting) socket.destroy()
    },
  }
}
