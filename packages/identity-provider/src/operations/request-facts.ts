import type { IncomingMessage } from 'node:http'
import type { RequestSpan } from './tracing.ts'
import type { Shed } from './overload-guard.ts'

/** What the layers that answer a request find out about it, for its log line, its metrics and its span. */
export interface RequestFacts {
  /** In the log, in the answer's `x-request-id`, and the reference on an error page. */
  id: string
  /** The pattern that answered, such as `/interaction/:uid`; never the path itself, which names what is secret. */
  route: string
  /** Absent: nobody said what the trusted proxies tell. */
  address?: string
  clientId?: string
  /** What runs for the request runs in this, where somebody traces. */
  span?: RequestSpan
  /** Refused before anything was done for it. */
  shed?: Shed
}

/** Of paths that nothing answers. One word, so that a stranger cannot make new ones. */
export const otherRoute = 'other'

const known = new WeakMap<IncomingMessage, RequestFacts>()

export function openFacts(request: IncomingMessage, id: string): RequestFacts {
  const facts: RequestFacts = { id, route: otherRoute }
  known.set(request, facts)
  return facts
}

/** Absent: the request came in by another way than the provider's handler. */
export function factsOf(request: IncomingMessage): RequestFacts | undefined {
  return known.get(request)
}

/** What a person reads out and the operator finds in the log. */
export function referenceOf(request: IncomingMessage): string {
  return factsOf(request)?.id ?? '–'
}

/** Says for which client a request is. Only of clients that are known: what a stranger claims is not theirs to write. */
export function noteClient(request: IncomingMessage, clientId: string | undefined): void {
  const facts = factsOf(request)
  if (facts !== undefined && clientId !== undefined) facts.clientId = clientId
}
