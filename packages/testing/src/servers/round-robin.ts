import { type Server, createServer, request } from 'node:http'

/** A load balancer of the plainest kind, without sticky sessions. */
export interface RoundRobin {
  /** How many requests each node was sent. */
  readonly served: readonly number[]
  close(): void
}

/** Gives every request to the next node, and to the one after where that one does not take it. */
export async function startRoundRobin(port: number, nodes: readonly number[]): Promise<RoundRobin> {
  const served = nodes.map(() => 0)
  let turn = 0
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      send(nodes.length)
    })

    function send(left: number): void {
      const node = turn % nodes.length
      turn += 1
      served[node] = (served[node] ?? 0) + 1
      const { method, url: path, headers } = incoming
      const forward = request(
        { host: 'localhost', port: nodes[node], method, path, headers },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(outgoing)
        },
      )
      forward.once('error', () => {
        if (left > 1) send(left - 1)
        else outgoing.writeHead(502).end()
      })
      forward.end(Buffer.concat(chunks))
    }
  })
  await listen(server, port)
  return {
    served,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve) => {
    server.listen(port, 'localhost', resolve)
  })
}
