import type { IncomingMessage, RequestListener } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { type RandomBytes, randomId } from '../secrets/index.ts'
import type { OverloadGuard } from './overload-guard.ts'
import { runInSpan, startRequestSpan } from './tracing.ts'
import { type RequestFacts, factsOf, openFacts } from './request-facts.ts'
import { whenWhole } from './when-whole.ts'

/** A request that is over. */
export interface EndedRequest extends Readonly<Omit<RequestFacts, 'span'>> {
  readonly method: string
  /** Absent: whoever asked went away before the answer. */
  readonly status?: number
  readonly seconds: number
  /** Of the answer with its head, as written to the connection. */
  readonly bytes: number
}

/** Made ids have 96 random bits: 16 letters. */
const idLetters = 16

/** What a proxy may have written. Anything else is no id, and a new one takes its place. */
const foreignId = /^[\w.:=-]{8,128}$/

/** Tells of every request once, when its connection is done with it, however it ended. */
export function watchRequests(
  handler: RequestListener,
  options: {
    readonly random: RandomBytes
    readonly guard: OverloadGuard
    /** Whether each request has a span. */
    readonly tracing: boolean
    /** How long whoever asked may take to read an answer, in milliseconds. */
    readonly answerMilliseconds: number
    readonly ended: (request: EndedRequest) => void
  },
): RequestListener {
  const { random, guard, tracing, answerMilliseconds, ended } = options
  return (request, response) => {
    const started = performance.now()
    const facts = openFacts(request, randomId(random).slice(0, idLetters))
    let hasPlace = false
    let late: NodeJS.Timeout | undefined
    const { socket, method = '' } = request
    const writtenBefore = socket.bytesWritten
    const leave = (): void => {
      if (hasPlace) guard.leave()
      hasPlace = false
    }
    response.setHeader('x-request-id', facts.id)
    // The work is done, and the rest is between the connection and whoever reads there.
    response.once('prefinish', () => {
      leave()
      if (socket.writableLength === 0) return
      late = setTimeout(() => socket.destroy(), answerMilliseconds)
      late.unref()
    })
    response.once('close', () => {
      leave()
      clearTimeout(late)
      const { span, ...known } = facts
      const over = {
        ...known,
        address: facts.address ?? socket.remoteAddress ?? '',
        method,
        ...(response.headersSent && { status: response.statusCode }),
        seconds: (performance.now() - started) / 1000,
        bytes: socket.bytesWritten - writtenBefore,
      }
      span?.end(over)
      ended(over)
    })
    whenWhole(request, response, () => {
      if (response.closed) return
      const shed = guard.enter()
      if (shed === undefined) hasPlace = true
      else facts.shed = shed
      if (tracing) facts.span = startRequestSpan(request)
      handler(request, response)
    })
  }
}

/** Notes what the web framework knows: the route by its pattern, and what the trusted proxies tell. */
export function noteRequests(app: FastifyInstance, basePath: string): void {
  app.addHook('onRequest', (request, reply, done) => {
    const facts = factsOf(request.raw)
    if (facts !== undefined) {
      const pattern = request.routeOptions.url
      if (pattern !== undefined) facts.route = routeOf(pattern.slice(basePath.length))
      facts.address = request.ip
      // More than the connection itself: its other end is a proxy whose headers are believed.
      const proxied = (request.ips?.length ?? 0) > 1
      const id = proxied ? idFrom(request.raw) : undefined
      if (id !== undefined) {
        facts.id = id
        reply.raw.setHeader('x-request-id', id)
      }
    }
    done()
  })
  // Not earlier: the events of a body that is read belong to the connection, and know nothing of the request.
  app.addHook('preHandler', (request, _reply, done) => {
    const span = factsOf(request.raw)?.span
    if (span === undefined) done()
    else runInSpan(span.context, done)
  })
}

function idFrom({ headers }: IncomingMessage): string | undefined {
  const id = headers['x-request-id']
  return typeof id === 'string' && foreignId.test(id) ? id : undefined
}

/** Files are named by their content: all of them are one route. */
function routeOf(pattern: string): string {
  return pattern.startsWith('/assets/') ? '/assets/*' : pattern
}
