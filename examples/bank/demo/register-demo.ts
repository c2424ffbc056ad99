import type { EpochSeconds } from '@newel/policy'
import type { FastifyInstance } from 'fastify'
import type { DemoPerson } from './demo-people.ts'
import { nextOneTimeCode, oneTimeCode, secondsLeft } from './one-time-code.ts'
import type { LoggedEvent, ProviderEventLog } from './provider-event-log.ts'

export interface DemoOptions {
  readonly people: readonly DemoPerson[]
  readonly events: ProviderEventLog
  readonly now: () => EpochSeconds
}

const heartbeatMilliseconds = 15_000

/** What only a demo has: everybody's one-time codes, and the provider's events for whoever looks on. */
export function registerDemo(app: FastifyInstance, { people, events, now }: DemoOptions): void {
  app.get('/demo/codes.json', async () => {
    const at = now()
    return {
      secondsLeft: secondsLeft(at),
      people: people.map(({ username, name, totpSecret }) => ({
        username,
        name,
        ...(totpSecret === undefined
          ? {}
          : { code: oneTimeCode(totpSecret, at), next: nextOneTimeCode(totpSecret, at) }),
      })),
    }
  })

  const streams = new Set<() => void>()
  // Streams never end by themselves, and a server does not close before they do.
  app.addHook('preClose', async () => {
    for (const end of streams) end()
  })

  /** Server-Sent Events. `after`: the last one that the page has seen, also across a page load. Absent: from now on. */
  app.get<{ Querystring: { after?: string } }>('/demo/events', (request, reply) => {
    reply.hijack()
    const { raw } = reply
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    const send = ({ id, event }: LoggedEvent) =>
      raw.write(`id: ${id}\ndata: ${JSON.stringify(event)}\n\n`)
    const seen = Number(request.headers['last-event-id'] ?? request.query.after ?? events.lastId)
    // The server counts from one again after a restart.
    const after = Number.isSafeInteger(seen) && seen <= events.lastId ? seen : events.lastId
    for (const logged of events.since(after)) send(logged)
    raw.write(`id: ${events.lastId}\nevent: ready\ndata: {}\n\n`)
    const stop = events.subscribe(send)
    const heartbeat = setInterval(() => raw.write(': still here\n\n'), heartbeatMilliseconds)
    const end = () => {
      clearInterval(heartbeat)
      stop()
      streams.delete(end)
      raw.end()
    }
    streams.add(end)
    raw.on('close', end)
  })
}
