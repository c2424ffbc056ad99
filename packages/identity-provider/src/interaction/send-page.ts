import type { FastifyReply } from 'fastify'
import { randomId } from '../secrets/index.ts'
import type { InteractionDependencies } from './interaction-dependencies.ts'
import { type InteractionVisit, addressOf } from './interaction-visit.ts'
import {
  type Html,
  type InteractionFrame,
  type PageError,
  type PageFrame,
  errorPage,
} from './pages/index.ts'
import { setSecurityHeaders } from './security-headers.ts'

export function pageFrame({
  document,
  basePath,
}: Pick<InteractionDependencies, 'document' | 'basePath'>): PageFrame {
  return { providerName: document.name ?? new URL(document.issuer).host, basePath }
}

export function interactionFrame(visit: InteractionVisit, action: string): InteractionFrame {
  return {
    ...pageFrame(visit.desk),
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
  visit: Pick<InteractionVisit, 'reply' | 'params'>,
  page: Html,
  status = 200,
): void {
  const { redirect_uri: redirectUri } = visit.params
  setSecurityHeaders(visit.reply, typeof redirectUri === 'string' ? redirectUri : undefined)
  // Not awaited: a reply is a promise of the whole response, which a browser that went away never takes.
  void visit.reply.code(status).type('text/html; charset=utf-8').send(page)
}

/** Answers with the error page of an expected outcome. */
export function sendErrorPage(
  dependencies: Pick<InteractionDependencies, 'document' | 'basePath' | 'random'>,
  reply: FastifyReply,
  error: PageError,
  status: number,
): void {
  const reference = randomId(dependencies.random)
  setSecurityHeaders(reply, undefined)
  void reply
    .code(status)
    .type('text/html; charset=utf-8')
    .send(errorPage({ ...pageFrame(dependencies), error, reference }))
}
