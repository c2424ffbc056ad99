import type { IncomingMessage } from 'node:http'
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  context,
  isSpanContextValid,
  propagation,
  trace,
} from '@opentelemetry/api'
import type { AroundStoreCall } from './watch-store.ts'

const scope = '@newel/identity-provider'
const tracer = trace.getTracer(scope)

/** Whether somebody registered a tracing SDK; to be asked once it could have been, since asking each time would cost. */
export function isTracing(): boolean {
  // Never ended, so nobody is told of it. Without an SDK it has no id; with one it has, sampled or not.
  const probe = trace.getTracer(scope).startSpan('probe')
  return isSpanContextValid(probe.spanContext())
}

/**
 * A span around something. Attributes say what kind of thing it was and how it ended: never a secret, a user name, or the
 * message of an error, since a library may quote what was sent.
 */
export async function inSpan<Result>(
  name: string,
  attributes: Attributes,
  run: (span: Span) => Promise<Result>,
): Promise<Result> {
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await run(span)
    } catch (error) {
      span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown')
      span.setStatus({ code: SpanStatusCode.ERROR })
      throw error
    } finally {
      span.end()
    }
  })
}

/** For whoever ends it by itself. */
export function startSpan(name: string): Span {
  return tracer.startSpan(name)
}

/** The span of a request, and what runs in it. */
export interface RequestSpan {
  readonly context: Context
  /** The route is known by then. `status` absent: whoever asked went away. */
  end(request: {
    readonly method: string
    readonly route: string
    readonly status?: number
    readonly id: string
    readonly clientId?: string
  }): void
}

/** Under the parent that the registered propagation reads out of the request's head; without one, a trace of its own. */
export function startRequestSpan({ headers, method = '' }: IncomingMessage): RequestSpan {
  const parent = propagation.extract(ROOT_CONTEXT, headers)
  const attributes = { 'http.request.method': method }
  const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, parent)
  return {
    context: trace.setSpan(parent, span),
    end({ route, status, id, clientId }) {
      span.updateName(`${method} ${route}`)
      span.setAttributes({
        'http.route': route,
        'newel.request_id': id,
        ...(status === undefined ? {} : { 'http.response.status_code': status }),
        ...(clientId === undefined ? {} : { 'newel.client_id': clientId }),
      })
      if (status === undefined || status >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    },
  }
}

export function runInSpan(inside: Context, run: () => void): void {
  context.with(inside, run)
}

/** For {@link watchStore}. */
export const spannedStoreCall: AroundStoreCall = async (part, call, run) =>
  inSpan(`store ${part}.${call}`, { 'newel.store.part': part, 'newel.store.call': call }, run)
