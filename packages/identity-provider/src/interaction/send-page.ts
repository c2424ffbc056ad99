import type { EpochSeconds } from '@newel/policy'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { retryAfterSeconds } from '../operations/retry-after.ts'
import { referenceOf } from '../operations/request-facts.ts'
import { upstreamNames } from '../federation/upstream-names.ts'
import type { InteractionDependencies } from './interaction-dependencies.ts'
import { type InteractionVisit, addressOf } from './interaction-visit.ts'
import {
  type Html,
  type InteractionFrame,
  type Locale,
  type PageError,
  type PageFrame,
  errorPage,
  localeOf,
} from './pages/index.ts'
import { setSecurityHeaders } from './security-headers.ts'

type FrameDependencies = Pick<InteractionDependencies, 'document' | 'basePath' | 'brand'>

/** A frame in the language of the browser, or of the authorization request where its `params` are given. */
export function pageFrame(
  { document, basePath, brand }: FrameDependencies,
  request: Pick<FastifyRequest, 'headers'>,
  params?: Readonly<Record<string, unknown>>,
): PageFrame {
  return {
    providerName: document.name ?? new URL(document.issuer).host,
    basePath,
    locale: requestLocale({ document }, request, params),
    upstreamNames: upstreamNames(document),
    ...(brand && { brand }),
  }
}

export function requestLocale(
  { document }: Pick<InteractionDependencies, 'document'>,
  { headers }: Pick<FastifyRequest, 'headers'>,
  params?: Readonly<Record<string, unknown>>,
): Locale {
  return localeOf(params?.['ui_locales'], headers['accept-language'], document.language)
}

/** Says which language came, and that another browser would get another one. */
function setLanguage(reply: FastifyReply, locale: Locale): void {
  reply.header('Content-Language', locale).header('Vary', 'Accept-Language')
}

export function interactionFrame(visit: InteractionVisit, action: string): InteractionFrame {
  return {
    ...pageFrame(visit.desk, visit.request, visit.params),
    clientName: clientNameOf(visit),
    action,
    csrfToken: visit.state.csrfToken,
    cancelAction: addressOf(visit, 'cancel'),
  }
}

export function clientNameOf({ client }: Pick<InteractionVisit, 'client'>): string {
  return client.name ?? client.id
}

export function sendPage(
  visit: Pick<InteractionVisit, 'desk' | 'reply' | 'request' | 'params'>,
  page: Html,
  status = 200,
): void {
  const { redirect_uri: redirectUri } = visit.params
  setSecurityHeaders(visit.reply, typeof redirectUri === 'string' ? redirectUri : undefined)
  setLanguage(visit.reply, requestLocale(visit.desk, visit.request, visit.params))
  if (status === 503) void visit.reply.header('Retry-After', retryAfterSeconds)
  // Not awaited: a reply is a promise of the whole response, which a browser that went away never takes.
  void visit.reply.code(status).type('text/html; charset=utf-8').send(page)
}

/** RFC 9110 §10.2.3, RFC 6585 §4: when it makes sense to come back. */
export function setRetryAfter(
  { reply, now }: Pick<InteractionVisit, 'reply' | 'now'>,
  until: EpochSeconds,
): void {
  reply.header('Retry-After', String(Math.max(1, until - now)))
}

/** Answers with the error page of an expected outcome. */
export function sendErrorPage(
  dependencies: FrameDependencies,
  reply: FastifyReply,
  error: PageError,
  status: number,
): void {
  const reference = referenceOf(reply.request.raw)
  setSecurityHeaders(reply, undefined)
  const frame = pageFrame(dependencies, reply.request)
  setLanguage(reply, requestLocale(dependencies, reply.request))
  void reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(errorPage({ ...frame, error, reference }))
}
