import { type Server, type ServerResponse, createServer } from 'node:http'
import type { ProviderMetrics, Readiness } from '@newel/identity-provider'
import { CommandError } from '../command-error.ts'
import { addressOf } from '../provider/listen-address.ts'

/** For whoever runs the node: apart from the provider's own address, so that nothing of it is public. */
export interface OperationsServer {
  readonly address: string
  close(): Promise<void>
}

/**
 * `/health/live`: the process answers. `/health/ready`: 200 where requests may be sent to it, else 503 with what is
 * missing; for a load balancer. `/metrics`: for Prometheus.
 *
 * @throws CommandError `operations_unavailable`
 */
export async function startOperationsServer(options: {
  readonly port: number
  readonly host: string
  readonly readiness: () => Promise<Readiness>
  readonly metrics: Pick<ProviderMetrics, 'text'>
}): Promise<OperationsServer> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: object): void => {
      response
        .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
        .end(JSON.stringify(body))
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') answer(405, {})
    else if (request.url === '/health/live') answer(200, { status: 'live' })
    else if (request.url === '/health/ready') {
      void sayWhetherReady(options.readiness, answer)
    } else if (request.url === '/metrics') void sayMetrics(options.metrics, response)
    else answer(404, {})
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new CommandError(
          'operations_unavailable',
          `the operations port ${options.port} cannot be opened on \`${options.host}\``,
          'stop the program that has it, or choose another with --operations-port',
          { cause },
        ),
      )
    })
    server.listen(options.port, options.host, resolve)
  })
  return { address: addressOf(portOf(server), options.host), close: async () => closed(server) }
}

async function sayWhetherReady(
  readiness: () => Promise<Readiness>,
  answer: (status: number, body: object) => void,
): Promise<void> {
  const { notReady } = await readiness()
  if (notReady.length === 0) answer(200, { status: 'ready' })
  else answer(503, { status: 'not ready', because: notReady })
}

async function sayMetrics(
  metrics: Pick<ProviderMetrics, 'text'>,
  response: ServerResponse,
): Promise<void> {
  const { contentType, body } = await metrics.text()
  response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store' }).end(body)
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve()
    })
    server.closeAllConnections()
  })
}
