import { type RequestListener, type Server, createServer } from 'node:http'
import type { Socket } from 'node:net'

/** Connections on which nothing has been asked yet, such as those that browsers open ahead. */
export interface WaitingConnections {
  readonly server: (handler: RequestListener) => Server
  /** They would hold up the end of the server: Node counts them neither as idle nor as busy. */
  destroy(): void
}

/** What somebody may do with a connection who is in no hurry. Node looks after it every few seconds, so each may take a little longer. */
export interface ConnectionLimits {
  /** How long the head of a request may take, in milliseconds; then it is refused with 408. Default 15 000. */
  readonly headMilliseconds?: number
  /** How long the whole request may take, with its head, in milliseconds; then 408. Default 30 000: forms are small. */
  readonly requestMilliseconds?: number
  /** How long an answer that was written may take to be read, in milliseconds; then the connection is closed. Default 30 000. */
  readonly answerMilliseconds?: number
  /**
   * How long a connection may do nothing between two requests, in milliseconds. Default 65 000: longer than proxies keep
   * theirs (nginx: 60 s), or they write to a connection that is just being closed.
   */
  readonly idleMilliseconds?: number
  /** How many connections there may be at once; one more is closed. Default 10 000. `Infinity`: any number. */
  readonly connections?: number
}

/** How long an answer may take to be read by default, in milliseconds. */
export const answerWithin = 30_000

/** How often Node looks for what is late, in milliseconds. Its own would be 30 s. */
const longestCheck = 5000

export function waitingConnections({
  headMilliseconds = 15_000,
  requestMilliseconds = 30_000,
  idleMilliseconds = 65_000,
  connections = 10_000,
}: ConnectionLimits = {}): WaitingConnections {
  const waiting = new Set<Socket>()
  return {
    server(handler) {
      const headersTimeout = Math.min(headMilliseconds, requestMilliseconds)
      const server = createServer(
        {
          headersTimeout,
          requestTimeout: requestMilliseconds,
          keepAliveTimeout: idleMilliseconds,
          connectionsCheckingInterval: Math.min(longestCheck, headersTimeout),
        },
        handler,
      )
      if (connections !== Infinity) server.maxConnections = connections
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
